import { promisify } from "node:util";
import API from "wechat-api";
import { account, client } from "./driver.js";

const api = new API(account.appId, account.appSecret);
const does = (name) => promisify(api[name].bind(api));

client("wechat-api", {
  token: async () => (await does("getLatestToken")()).accessToken,
  text: does("sendText"),
  image: does("sendImage"),
  news: does("sendNews"),
  upload: async (file, type) => {
    const { media_id, thumb_media_id } = await does("uploadMedia")(file, type);
    return media_id ?? thumb_media_id;
  },
  download: async (mediaId) => (await does("getMedia")(mediaId)).toString("base64"),
  createMenu: does("createMenu"),
  getMenu: async () => (await does("getMenu")()).menu.button,
  deleteMenu: does("removeMenu"),
  profile: (openid) => does("getUser")({ openid, lang: "zh_CN" }),
  followers: async () => (await does("getFollowers")()).data.openid,
  remark: does("updateRemark"),
  ticket: async () => (await does("getTicket")("jsapi")).ticket,
  sign: (url) => does("getJsConfig")({ url, jsApiList: [] }),
  addTemplate: async (short) => (await does("addTemplate")(short)).template_id,
  template: (openid, id, url, data) => does("sendTemplate")(openid, id, url, data),
  qrcode: async (scene) => {
    const { ticket } = await does("createTmpQRCode")(scene, 1800);
    return { ticket, picture: api.showQRCodeURL(ticket) };
  },
});
