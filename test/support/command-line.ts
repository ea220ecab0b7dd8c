import { type ParseArgsConfig, parseArgs } from "node:util";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** What a command of the project was given. A wrong option, or `usage()`, prints `help` and ends the process. */
export function commandLine<const O extends Options>(help: string, options: O) {
  const usage = (message: string): never => {
    console.error(`${message}\n\n${help}`);
    process.exit(2);
  };
  const read = () => {
    try {
      return parseArgs({ options: { ...options, help: { type: "boolean", short: "h" } } }).values;
    } catch (error) {
      return usage((error as Error).message);
    }
  };
  const values = read();
  if ((values as { help?: boolean }).help) {
    console.log(help);
    process.exit(0);
  }
  /** Refuses what is no whole number from 0. */
  const mustBeWhole = (...numbers: readonly number[]) => {
    for (const number of numbers) {
      if (!Number.isSafeInteger(number) || number < 0) usage("Numbers are whole, from 0.");
    }
  };
  return { values, usage, mustBeWhole };
}
