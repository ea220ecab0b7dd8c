/** For services of your own: those that hand out tokens or forward calls, and those that have no token. */

export type { AuditEvent } from "./admission/audit.js";
export type { GatewayClient, GatewayOptions, GatewayRate } from "./options.js";
export type { ApiProxyOptions } from "./proxy/api-proxy.js";
export { apiProxy } from "./proxy/api-proxy.js";
export type { RefusalReason } from "./refusal.js";
export type { RemoteApiOptions } from "./remote-api.js";
export { remoteApi } from "./remote-api.js";
export type { RemoteToken, RemoteTokenOptions } from "./remote-token.js";
export { remoteToken } from "./remote-token.js";
export type { SigningClient } from "./signing.js";
export { signRequest } from "./signing.js";
export type { TokenServerOptions } from "./token-server.js";
export { tokenServer } from "./token-server.js";
