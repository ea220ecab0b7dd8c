import API from "co-wechat-api";
import { account, client } from "./driver.js";

const api = new API(account.appId, account.appSecret);

client("co-wechat-api", {
  token: async () => (await api.ensureAccessToken()).accessToken,
  text: (openid, text) => api.sendText(openid, text),
  image: (openid, mediaId) => api.sendImage(openid, mediaId),
  news: (openid, articles) => api.sendNews(openid, articles),
  upload: async (file, type) => {
    const { media_id, thumb_media_id } = await api.uploadMedia(file, type);
    return media_id ?? thumb_media_id;
  },
  voice: (openid, mediaId) => api.sendVoice(openid, mediaId),
  video: (openid, mediaId, thumb) => api.sendVideo(openid, mediaId, thumb),
  music: (openid, url, thumb_media_id) =>
    api.sendMusic(openid, { musicurl: url, hqmusicurl: url, thumb_media_id }),
  massText: async (text, openids) => (await api.massSendText(text, openids)).msg_id,
  massStatus: async (id) => (await api.getMassMessageStatus(id)).msg_status,
  preview: (openid, text) => api.previewText(openid, text),
  download: async (mediaId) => (await api.getMedia(mediaId)).toString("base64"),
  createMenu: (menu) => api.createMenu(menu),
  getMenu: async () => (await api.getMenu()).menu.button,
  deleteMenu: () => api.removeMenu(),
  addConditional: async (menu) => (await api.addConditionalMenu(menu)).menuid,
  tryMenu: async (openid) => (await api.tryConditionalMenu(openid)).button[0].name,
  deleteConditional: (id) => api.delConditionalMenu(id),
  profiles: async (openids) =>
    (await api.batchGetUsers(openids)).user_info_list.map(({ openid }) => openid),
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
  templates: async () =>
    (await api.getAllPrivateTemplate()).template_list.map(({ template_id }) => template_id),
  deleteTemplate: (id) => api.delPrivateTemplate(id),
  permanentQrcode: async (scene) => (await api.createLimitQRCode(scene)).ticket,
  addresses: async () => (await api.getIp()).ip_list,
  userSummary: async (begin, end) => (await api.getUserSummary(begin, end)).list,
  addAgent: (name, nickname) => api.addKfAccount(name, nickname),
  agents: async () =>
    (await api.getCustomServiceList()).kf_list.map(({ kf_account }) => kf_account),
  removeAgent: (name) => api.deleteKfAccount(name),
  qrcode: async (scene) => {
    const { ticket } = await api.createTmpQRCode(scene, 1800);
    return { ticket, picture: api.showQRCodeURL(ticket) };
  },
  addMaterial: async (file) => (await api.uploadImageMaterial(file)).media_id,
  materials: async (type) =>
    (await api.getMaterials(type, 0, 20)).item.map(({ media_id }) => media_id),
  getMaterial: async (mediaId) => (await api.getMaterial(mediaId)).toString("base64"),
  addVideo: async (file, title, introduction) =>
    (await api.uploadVideoMaterial(file, { title, introduction })).media_id,
  picture: async (file) => (await api.uploadImage(file)).url,
  countImages: async () => (await api.getMaterialCount()).image_count,
  deleteMaterial: (mediaId) => api.removeMaterial(mediaId),
});
