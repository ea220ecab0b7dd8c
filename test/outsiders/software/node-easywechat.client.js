import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OfficialAccount } from "node-easywechat";
import { account, client } from "./driver.js";

const app = new OfficialAccount({
  app_id: account.appId,
  secret: account.appSecret,
  file_cache: { path: mkdtempSync(join(tmpdir(), "node-easywechat-")) },
  use_stable_access_token: true,
});
const api = app.getClient();

/** What WeChat says is the caller's to look at, refusals as well. */
const said = (response) => {
  const answer = response.toObject();
  if (answer.errcode) throw new Error(`${answer.errcode} ${answer.errmsg}`);
  return answer;
};
const get = async (path, params) => said(await api.get(path, { params }));
const post = async (path, json) => said(await api.postJson(path, json));
const upload = async (path, type, file) => {
  const { media_id, thumb_media_id } = said(
    await api.withFile(file, "media").post(path, { params: { type } }),
  );
  return media_id ?? thumb_media_id;
};
const send = (touser, msgtype, content) =>
  post("/cgi-bin/message/custom/send", { touser, msgtype, [msgtype]: content });

client("node-easywechat", {
  token: () => app.getAccessToken().getToken(),
  text: (openid, content) => send(openid, "text", { content }),
  image: (openid, media_id) => send(openid, "image", { media_id }),
  news: (openid, articles) => send(openid, "news", { articles }),
  upload: (file, type) => upload("/cgi-bin/media/upload", type, file),
  download: async (media_id) => {
    const params = { media_id };
    const answer = await api.get("/cgi-bin/media/get", { params, responseType: "arraybuffer" });
    return Buffer.from(answer.getContent()).toString("base64");
  },
  voice: (openid, media_id) => send(openid, "voice", { media_id }),
  video: (openid, media_id, thumb_media_id) => send(openid, "video", { media_id, thumb_media_id }),
  music: (openid, url, thumb_media_id) =>
    send(openid, "music", { musicurl: url, hqmusicurl: url, thumb_media_id }),
  addDraft: async (articles) => (await post("/cgi-bin/draft/add", { articles })).media_id,
  getDraft: async (media_id) =>
    (await post("/cgi-bin/draft/get", { media_id })).news_item.map(({ title }) => title),
  publish: async (media_id) =>
    String((await post("/cgi-bin/freepublish/submit", { media_id })).publish_id),
  createMenu: (menu) => post("/cgi-bin/menu/create", menu),
  getMenu: async () => (await get("/cgi-bin/menu/get")).menu.button,
  deleteMenu: () => get("/cgi-bin/menu/delete"),
  profile: (openid) => get("/cgi-bin/user/info", { openid, lang: "zh_CN" }),
  followers: async () => (await get("/cgi-bin/user/get")).data.openid,
  remark: (openid, remark) => post("/cgi-bin/user/info/updateremark", { openid, remark }),
  createTag: async (name) => (await post("/cgi-bin/tags/create", { tag: { name } })).tag.id,
  tag: (openid, tagid) =>
    post("/cgi-bin/tags/members/batchtagging", { openid_list: [openid], tagid }),
  tagsOf: async (openid) => (await post("/cgi-bin/tags/getidlist", { openid })).tagid_list,
  ticket: () => app.getTicket().getTicket(),
  sign: (url) => app.getUtils().buildJsSdkConfig(url),
  addTemplate: async (template_id_short) =>
    (await post("/cgi-bin/template/api_add_template", { template_id_short })).template_id,
  template: (touser, template_id, url, data) =>
    post("/cgi-bin/message/template/send", { touser, template_id, url, data }),
  qrcode: async (scene_str) => {
    const { ticket } = await post("/cgi-bin/qrcode/create", {
      expire_seconds: 1800,
      action_name: "QR_STR_SCENE",
      action_info: { scene: { scene_str } },
    });
    const query = new URLSearchParams({ ticket });
    return { ticket, picture: `https://mp.weixin.qq.com/cgi-bin/showqrcode?${query}` };
  },
  addMaterial: (file) => upload("/cgi-bin/material/add_material", "image", file),
  countImages: async () => (await get("/cgi-bin/material/get_materialcount")).image_count,
  deleteMaterial: (media_id) => post("/cgi-bin/material/del_material", { media_id }),
  authorize: (page, state) => app.getOAuth().withState(state).redirect(page),
  login: async (code) => {
    const user = await app.getOAuth().userFromCode(code);
    return { openid: user.getId(), nickname: user.getNickname() };
  },
});
