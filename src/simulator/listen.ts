import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Starts a server and says its address, without a slash at its end. */
export async function listen(server: Server, port = 0, host = "127.0.0.1"): Promise<string> {
  server.listen(port, host);
  await once(server, "listening");
  const { address, family, port: chosen } = server.address() as AddressInfo;
  const name = address === "0.0.0.0" || address === "::" ? "localhost" : address;
  return `http://${family === "IPv6" && name === address ? `[${name}]` : name}:${chosen}`;
}

/** Ends a server at once, also its open connections. */
export async function shut(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  server.closeAllConnections();
  await once(server, "close");
}
