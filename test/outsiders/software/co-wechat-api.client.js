import API from "co-wechat-api";
import { account, client } from "./driver.js";

const api = new API(account.appId, account.appSecret);

client("co-wechat-api", {
  token: async () => (await api.ensureAccessToken()).accessToken,
  text: (openid, text) => api.sendText(openid, text),
  image: (openid, mediaId) => api.sendImage(openid, mediaId),
  news: (openid, articles) => api.sendNews(openid, articles),
  upload: async (file) => (await api.uploadImageMedia(file)).media_id,
  download: async (mediaId) => (await api.getMedia(mediaId)).toString("base64"),
  createMenu: (menu) => api.createMenu(menu),
  getMenu: async () => (await api.getMenu()).menu.button,
  deleteMenu: () => api.removeMenu(),
  profile: (openid) => api.getUser({ openid, lang: "zh_CN" }),
  followers: async () => (await api.getFollowers()).data.openid,
  remark: (openid, remark) => api.updateRemark(openid, remark),
  createTag: async (name) => (await api.createTags(name)).tag.id,
  tag: (openid, id) => api.batchTagging([openid], id),
  tagsOf: async (openid) => (await api.getIdList(openid)).tagid_list,
  ticket: async () => (await api.ensureTicket("jsapi")).ticket,
  sign: (url) => api.getJsConfig({ url, jsApiList: [] }),
  addTemplate: async (short) => (await api.addTemplate(short)).template_id,
  template: (openid, id, url, data) => api.sendTemplate(openid, id, url, "#173177", data),
  qrcode: async (scene) => {
    const { ticket } = await api.createTmpQRCode(scene, 1800);
    return { ticket, picture: api.showQRCodeURL(ticket) };
  },
  addMaterial: async (file) => (await api.uploadImageMaterial(file)).media_id,
  countImages: async () => (await api.getMaterialCount()).image_count,
  deleteMaterial: (mediaId) => api.removeMaterial(mediaId),
});
