import { ConfigError } from "../errors.js";
import { nearest } from "../router/names.js";

/** Refuses options that a method does not know, and says which one was meant. Throws a ConfigError. */
export function checkNames(method: string, options: unknown, known: object): void {
  if (typeof options !== "object" || options === null) {
    throw new ConfigError(`${method} takes an object with options.`);
  }
  const names = Object.keys(known);
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    const meant = nearest(name, names);
    throw new ConfigError(
      `"${name}" is not an option of ${method}.${meant === undefined ? ` It takes ${names.join(", ")}.` : ` Did you mean "${meant}"?`}`,
    );
  }
}
