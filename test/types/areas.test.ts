import { expect } from "chai";
import { expectTypeOf } from "expect-type";
import type { CustomerMessage } from "../../src/api/areas/customer-message.js";
import { type Client, createClient } from "../../src/api/client.js";
import type { Sender } from "../../src/outgoing/customer-service.js";

const api: Client = createClient({ appId: "wx1", appSecret: "s" });

describe("createClient(): the types of the API", () => {
  it("let only whole messages through", () => {
    const text: CustomerMessage = { touser: "A", msgtype: "text", text: { content: "你好" } };
    // @ts-expect-error: the body must be the one that msgtype names
    const wrong: CustomerMessage = { touser: "A", msgtype: "text", image: { media_id: "M" } };
    // @ts-expect-error: a wrong name of a type
    const misspelt: CustomerMessage = { touser: "A", msgtype: "txt", text: { content: "你好" } };
    expect([text, wrong, misspelt]).to.have.length(3);
  });

  it("make the customer service a sender of late replies", () => {
    expectTypeOf(api.customerService).toExtend<Sender>();
    expect(api.customerService.send).to.be.a("function");
  });

  it("tell followers from strangers by subscribe", () => {
    const check = async () => {
      const user = await api.users.get("A");
      if (user.subscribe === 1) expectTypeOf(user.subscribe_time).toEqualTypeOf<number>();
      // @ts-expect-error: a stranger shows no time
      else expectTypeOf(user.subscribe_time).toBeNumber();
    };
    expect(check).to.be.a("function");
  });

  it("give each statistic its own items", () => {
    const check = async () => {
      const span = { begin_date: "2014-12-02", end_date: "2014-12-07" };
      const [day] = await api.datacube.get("getusersummary", span);
      expectTypeOf(day?.new_user).toEqualTypeOf<number | undefined>();
      // @ts-expect-error: a name that WeChat does not have
      await api.datacube.get("getusersumary", span);
    };
    expect(check).to.be.a("function");
  });

  it("refuse a menu button that lacks what its type needs", () => {
    // @ts-expect-error: click needs a key
    const check = () => api.menu.create({ button: [{ type: "click", name: "歌" }] });
    expect(check).to.be.a("function");
  });
});
