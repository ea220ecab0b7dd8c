import { type Endpoints, textOf } from "../call.js";
import { refuse } from "../refusal.js";

const actions = ["dns", "ping", "telnet", "all"];
const operators = ["CHINANET", "UNICOM", "CAP", "DEFAULT"];

/** Addresses and the network check: here everything is this machine. Source: 「网络检测」. */
export const networkEndpoints: Endpoints = {
  "/cgi-bin/getcallbackip": { method: "GET", run: () => ({ ip_list: ["127.0.0.1", "::1"] }) },
  "/cgi-bin/get_api_domain_ip": { method: "GET", run: () => ({ ip_list: ["127.0.0.1"] }) },
  "/cgi-bin/callback/check": {
    method: "POST",
    run({ body }) {
      const action = textOf(body, "action");
      const operator = textOf(body, "check_operator");
      if (!actions.includes(action)) refuse(40202, "invalid action");
      if (!operators.includes(operator)) refuse(40203, "invalid check_operator");
      const dns = [{ ip: "127.0.0.1", real_operator: "DEFAULT" }];
      const ping = [
        { ip: "127.0.0.1", from_operator: operator, package_loss: "0%", time: "0.042ms" },
      ];
      return {
        ...(action === "dns" || action === "all" ? { dns } : {}),
        ...(action === "ping" || action === "all" ? { ping } : {}),
      };
    },
  },
};
