import { type ApiServer, startApiServer } from "./api-server.js";

/** The texts that customer service has taken to users, in their order. */
export const textsSent = (api: ApiServer): string[] =>
  api.to("/cgi-bin/message/custom/send").map(({ body }) => JSON.parse(String(body)).text.content);

/** In a suite: WeChat, which gives tokens and takes messages of customer service, anew for each test. */
export function useCustomerService() {
  let api: ApiServer;
  before(async () => {
    api = await startApiServer();
    api.on("/cgi-bin/stable_token", { access_token: "T", expires_in: 7200 });
  });
  beforeEach(() => void api.calls.splice(0));
  after(() => api.close());
  return {
    get url() {
      return api.url;
    },
    sent: () => textsSent(api),
  };
}
