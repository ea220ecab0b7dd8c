import { Refusal } from "../refusal.js";

/**
 * Paths that are never forwarded, whoever lists them: they take the AppSecret, give tokens, or
 * want a user's token in place of the account's.
 */
const forbidden =
  /^\/(cgi-bin\/(token|stable_token|component|ticket)|sns)(\/|$)|^\/cgi-bin\/clear_quota\/v2$/i;

/**
 * Checks the path of a call against the client's list, as the client sent it. Only plain segments
 * get through: no escapes, no `.` or `..`, no empty segment, no `;`, no `\`.
 */
export function checkCall(path: string, allowed: readonly string[]): void {
  if (path.length > 200 || !/^(\/[\w-]+(\.[\w-]+)*)+$/.test(path)) {
    throw new Refusal(
      400,
      "path",
      "The path is not plain: it has segments of letters, digits, _ and -, and no escapes or dots.",
    );
  }
  if (forbidden.test(path)) {
    throw new Refusal(
      403,
      "path",
      "No client may call this path: it takes the AppSecret, gives tokens or tickets, or wants a user's own token. Tokens and tickets come from the token server.",
    );
  }
  if (allowed.some((pattern) => matches(pattern, path))) return;
  throw new Refusal(403, "path", "This path is not among those that the client may call.");
}

function matches(pattern: string, path: string): boolean {
  return pattern.endsWith("/*") ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}

/** What no client may say: the gateway itself fills it in, or it is the AppSecret. */
const reserved: readonly string[] = [
  "access_token",
  "component_access_token",
  "secret",
  "appsecret",
];

/** The query as it is sent on: what was checked, written anew. */
export function checkQuery(querystring: string): URLSearchParams {
  const query = new URLSearchParams(querystring);
  for (const [name, value] of query) {
    // One server reads `;` or a null as the end of a parameter, another does not.
    if (!/^[\w.-]{1,64}$/.test(name) || /[\p{Cc};]/u.test(value)) {
      throw new Refusal(400, "query", "A parameter of the query is malformed.");
    }
    if (reserved.includes(name.toLowerCase())) {
      throw new Refusal(
        400,
        "query",
        "The gateway fills in the access token; a request names neither a token nor a secret.",
      );
    }
  }
  return query;
}
