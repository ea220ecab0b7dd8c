import { type Endpoint, ok } from "./endpoint.js";

const custom = "/cgi-bin/message/custom/send";
const touser = "OPENID";
const sendall = "/cgi-bin/message/mass/sendall";
const job = { errcode: 0, errmsg: "send job submission success" };

const blocked = {
  id: 2,
  tmpl_msg_id: "T",
  title: "t",
  content: "c",
  send_timestamp: 1788796187,
  openid: "oAbC",
};

/** Reference 8.1 to 8.5. */
export const messages: readonly Endpoint[] = [
  {
    call: (api) =>
      api.customerService.send({
        touser,
        msgtype: "text",
        text: { content: "你好" },
        customservice: { kf_account: "test1@kftest" },
      }),
    method: "POST",
    path: custom,
    body: {
      touser,
      msgtype: "text",
      text: { content: "你好" },
      customservice: { kf_account: "test1@kftest" },
    },
  },
  {
    call: (api) =>
      api.customerService.send({ touser, msgtype: "wxcard", wxcard: { card_id: "c" } }),
    method: "POST",
    path: custom,
    body: { touser, msgtype: "wxcard", wxcard: { card_id: "c" } },
  },
  {
    call: (api) =>
      api.customerService.send({ touser, msgtype: "mpnews", mpnews: { media_id: "M" } }),
    method: "POST",
    path: custom,
    body: { touser, msgtype: "mpnews", mpnews: { media_id: "M" } },
  },
  {
    call: (api) => api.customerService.sendText(touser, "你好", { as: "test1@kftest" }),
    method: "POST",
    path: custom,
    body: {
      touser,
      msgtype: "text",
      text: { content: "你好" },
      customservice: { kf_account: "test1@kftest" },
    },
  },
  {
    call: (api) => api.customerService.sendImage(touser, "MEDIA_ID"),
    method: "POST",
    path: custom,
    body: { touser, msgtype: "image", image: { media_id: "MEDIA_ID" } },
  },
  {
    call: (api) => api.customerService.sendVoice(touser, "MEDIA_ID"),
    method: "POST",
    path: custom,
    body: { touser, msgtype: "voice", voice: { media_id: "MEDIA_ID" } },
  },
  {
    call: (api) => api.customerService.sendVideo(touser, { media_id: "M", title: "TITLE" }),
    method: "POST",
    path: custom,
    body: { touser, msgtype: "video", video: { media_id: "M", title: "TITLE" } },
  },
  {
    call: (api) => api.customerService.sendMusic(touser, { musicurl: "U", thumb_media_id: "T" }),
    method: "POST",
    path: custom,
    body: { touser, msgtype: "music", music: { musicurl: "U", thumb_media_id: "T" } },
  },
  {
    call: (api) => api.customerService.sendNews(touser, { title: "Happy Day", url: "URL" }),
    method: "POST",
    path: custom,
    body: { touser, msgtype: "news", news: { articles: [{ title: "Happy Day", url: "URL" }] } },
  },
  {
    call: (api) => api.customerService.sendArticle(touser, "ARTICLE_ID"),
    method: "POST",
    path: custom,
    body: { touser, msgtype: "mpnewsarticle", mpnewsarticle: { article_id: "ARTICLE_ID" } },
  },
  {
    call: (api) =>
      api.customerService.sendMenu(touser, {
        head_content: "您对本次服务是否满意呢? ",
        list: [{ id: "101", content: "满意" }],
        tail_content: "欢迎再次光临",
      }),
    method: "POST",
    path: custom,
    body: {
      touser,
      msgtype: "msgmenu",
      msgmenu: {
        head_content: "您对本次服务是否满意呢? ",
        list: [{ id: "101", content: "满意" }],
        tail_content: "欢迎再次光临",
      },
    },
  },
  {
    call: (api) =>
      api.customerService.sendMiniProgram(touser, {
        title: "title",
        appid: "appid",
        pagepath: "pagepath",
        thumb_media_id: "T",
      }),
    method: "POST",
    path: custom,
    body: {
      touser,
      msgtype: "miniprogrampage",
      miniprogrampage: {
        title: "title",
        appid: "appid",
        pagepath: "pagepath",
        thumb_media_id: "T",
      },
    },
  },
  {
    call: (api) => api.customerService.typing(touser),
    method: "POST",
    path: "/cgi-bin/message/custom/typing",
    body: { touser, command: "Typing" },
  },
  {
    call: (api) => api.customerService.typing(touser, false),
    method: "POST",
    path: "/cgi-bin/message/custom/typing",
    body: { touser, command: "CancelTyping" },
  },
  {
    call: (api) => api.kfAccounts.add({ kf_account: "test1@test", nickname: "客服1" }),
    method: "POST",
    path: "/customservice/kfaccount/add",
    body: { kf_account: "test1@test", nickname: "客服1" },
  },
  {
    call: (api) => api.kfAccounts.invite({ kf_account: "test1@test", invite_wx: "test_kfwx" }),
    method: "POST",
    path: "/customservice/kfaccount/inviteworker",
    body: { kf_account: "test1@test", invite_wx: "test_kfwx" },
  },
  {
    call: (api) => api.kfAccounts.update({ kf_account: "test1@test", nickname: "客服2" }),
    method: "POST",
    path: "/customservice/kfaccount/update",
    body: { kf_account: "test1@test", nickname: "客服2" },
  },
  {
    call: (api) => api.kfAccounts.delete("test1@test"),
    method: "POST",
    path: "/customservice/kfaccount/del",
    body: { kf_account: "test1@test" },
  },
  {
    call: (api) =>
      api.kfAccounts.setAvatar("test1@test", new File(["JPG"], "me.jpg", { type: "image/jpeg" })),
    method: "POST",
    path: "/customservice/kfaccount/uploadheadimg",
    query: { kf_account: "test1@test" },
    parts: { media: ["me.jpg", "image/jpeg", "JPG"] },
  },
  {
    call: (api) => api.kfAccounts.list(),
    method: "GET",
    path: "/cgi-bin/customservice/getkflist",
    answer: { kf_list: [{ kf_account: "test1@test", kf_nick: "客服1", kf_id: "1001" }] },
    result: [{ kf_account: "test1@test", kf_nick: "客服1", kf_id: "1001" }],
  },
  {
    call: (api) => api.kfAccounts.online(),
    method: "GET",
    path: "/cgi-bin/customservice/getonlinekflist",
    answer: { kf_online_list: [{ kf_account: "test1@test", status: 1, kf_id: "1001" }] },
    result: [{ kf_account: "test1@test", status: 1, kf_id: "1001" }],
  },
  {
    call: (api) => api.kfSessions.create("test1@test", "OPENID"),
    method: "POST",
    path: "/customservice/kfsession/create",
    body: { kf_account: "test1@test", openid: "OPENID" },
  },
  {
    call: (api) => api.kfSessions.close("test1@test", "OPENID"),
    method: "POST",
    path: "/customservice/kfsession/close",
    body: { kf_account: "test1@test", openid: "OPENID" },
  },
  {
    call: (api) => api.kfSessions.of("OPENID"),
    method: "GET",
    path: "/customservice/kfsession/getsession",
    query: { openid: "OPENID" },
    answer: { createtime: 123456789, kf_account: "test1@test" },
  },
  {
    call: (api) => api.kfSessions.list("test1@test"),
    method: "GET",
    path: "/customservice/kfsession/getsessionlist",
    query: { kf_account: "test1@test" },
    answer: { sessionlist: [{ createtime: 123456789, openid: "OPENID" }] },
    result: [{ createtime: 123456789, openid: "OPENID" }],
  },
  {
    call: (api) => api.kfSessions.waiting(),
    method: "GET",
    path: "/customservice/kfsession/getwaitcase",
    answer: { count: 150, waitcaselist: [{ latest_time: 123456789, openid: "OPENID" }] },
  },
  {
    call: (api) => api.kfSessions.page({ starttime: 987654321, endtime: 987654322 }),
    method: "POST",
    path: "/customservice/msgrecord/getmsglist",
    body: { starttime: 987654321, endtime: 987654322, msgid: 1, number: 10000 },
    answer: { recordlist: [], number: 0, msgid: 20165267 },
    result: { recordlist: [], number: 0, msgid: "20165267" },
  },
  {
    call: (api) =>
      api.templates.send({
        touser,
        template_id: "T",
        url: "http://weixin.qq.com/download",
        client_msg_id: "MSG_000001",
        data: { keyword1: { value: "巧克力" } },
      }),
    method: "POST",
    path: "/cgi-bin/message/template/send",
    body: {
      touser,
      template_id: "T",
      url: "http://weixin.qq.com/download",
      client_msg_id: "MSG_000001",
      data: { keyword1: { value: "巧克力" } },
    },
    answer: { ...ok, msgid: 200228332 },
    result: { ...ok, msgid: "200228332" },
  },
  {
    call: (api) =>
      api.templates.sendOneTime({
        touser,
        template_id: "T",
        scene: 1000,
        title: "标题",
        data: { content: { value: "内容" } },
      }),
    method: "POST",
    path: "/cgi-bin/message/template/subscribe",
    body: {
      touser,
      template_id: "T",
      scene: 1000,
      title: "标题",
      data: { content: { value: "内容" } },
    },
  },
  {
    call: (api) => api.templates.list(),
    method: "GET",
    path: "/cgi-bin/template/get_all_private_template",
    answer: { template_list: [{ template_id: "T", title: "领取奖金提醒" }] },
    result: [{ template_id: "T", title: "领取奖金提醒" }],
  },
  {
    call: (api) => api.templates.add({ template_id_short: "TM00015", keyword_name_list: ["时间"] }),
    method: "POST",
    path: "/cgi-bin/template/api_add_template",
    body: { template_id_short: "TM00015", keyword_name_list: ["时间"] },
    answer: { ...ok, template_id: "T" },
  },
  {
    call: (api) => api.templates.delete("T"),
    method: "POST",
    path: "/cgi-bin/template/del_private_template",
    body: { template_id: "T" },
  },
  {
    call: (api) => api.templates.blocked("T"),
    method: "POST",
    path: "/wxa/sec/queryblocktmplmsg",
    body: { tmpl_msg_id: "T", largest_id: 0, limit: 100 },
    answer: { ...ok, msginfo: [blocked] },
    result: [{ ...blocked, id: "2" }],
  },
  {
    // The document's own answer: one message, not in a list.
    call: (api) => api.templates.blocked("T", { largestId: "2", limit: 1 }),
    method: "POST",
    path: "/wxa/sec/queryblocktmplmsg",
    body: { tmpl_msg_id: "T", largest_id: 2, limit: 1 },
    answer: { ...ok, msginfo: { ...blocked, id: "3" } },
    result: [{ ...blocked, id: "3" }],
  },
  {
    call: (api) => api.templates.blocked("T"),
    method: "POST",
    path: "/wxa/sec/queryblocktmplmsg",
    body: { tmpl_msg_id: "T", largest_id: 0, limit: 100 },
    answer: { ...ok, msginfo: [] },
    result: [],
  },
  {
    call: (api) => api.templates.industry(),
    method: "GET",
    path: "/cgi-bin/template/get_industry",
    answer: { primary_industry: { first_class: "运输与仓储", second_class: "快递" } },
  },
  {
    call: (api) => api.templates.setIndustry({ industry_id1: "1", industry_id2: "4" }),
    method: "POST",
    path: "/cgi-bin/template/api_set_industry",
    body: { industry_id1: "1", industry_id2: "4" },
  },
  {
    call: (api) =>
      api.subscriptions.send({
        touser,
        template_id: "T",
        page: "mp.weixin.qq.com",
        miniprogram: { appid: "APPID", pagepath: "index?foo=bar" },
        data: { name1: { value: "广州腾讯科技有限公司" } },
      }),
    method: "POST",
    path: "/cgi-bin/message/subscribe/bizsend",
    body: {
      touser,
      template_id: "T",
      page: "mp.weixin.qq.com",
      miniprogram: { appid: "APPID", pagepath: "index?foo=bar" },
      data: { name1: { value: "广州腾讯科技有限公司" } },
    },
  },
  {
    call: (api) => api.subscriptions.categories(),
    method: "GET",
    path: "/wxaapi/newtmpl/getcategory",
    answer: { data: [{ id: 616, name: "公交" }] },
    result: [{ id: 616, name: "公交" }],
  },
  {
    call: (api) => api.subscriptions.titles({ ids: [2, 616] }),
    method: "GET",
    path: "/wxaapi/newtmpl/getpubtemplatetitles",
    query: { ids: "2,616", start: "0", limit: "30" },
    answer: { count: 55, data: [{ tid: 99, title: "付款成功通知", type: 2, categoryId: "616" }] },
  },
  {
    call: (api) => api.subscriptions.keywords(99),
    method: "GET",
    path: "/wxaapi/newtmpl/getpubtemplatekeywords",
    query: { tid: "99" },
    answer: { count: 1, data: [{ kid: 1, name: "物品名称", example: "名称", rule: "thing" }] },
    result: [{ kid: 1, name: "物品名称", example: "名称", rule: "thing" }],
  },
  {
    call: (api) => api.subscriptions.add({ tid: "401", kidList: [1, 2], sceneDesc: "测试数据" }),
    method: "POST",
    path: "/wxaapi/newtmpl/addtemplate",
    body: { tid: "401", kidList: [1, 2], sceneDesc: "测试数据" },
    answer: { ...ok, priTmplId: "P" },
  },
  {
    call: (api) => api.subscriptions.list(),
    method: "GET",
    path: "/wxaapi/newtmpl/gettemplate",
    answer: { data: [{ priTmplId: "P", title: "报名结果通知", type: 2 }] },
    result: [{ priTmplId: "P", title: "报名结果通知", type: 2 }],
  },
  {
    call: (api) => api.subscriptions.delete("P"),
    method: "POST",
    path: "/wxaapi/newtmpl/deltemplate",
    body: { priTmplId: "P" },
  },
  {
    call: (api) => api.mass.sendToAll({ msgtype: "text", text: { content: "大家好" } }),
    method: "POST",
    path: sendall,
    body: { filter: { is_to_all: true }, msgtype: "text", text: { content: "大家好" } },
    answer: { ...job, msg_id: 3_147_483_650 },
    result: { ...job, msg_id: "3147483650" },
  },
  {
    call: (api) =>
      api.mass.sendToTag(2, {
        msgtype: "mpnews",
        mpnews: { media_id: "M" },
        send_ignore_reprint: 0,
        clientmsgid: "send_tag_2",
      }),
    method: "POST",
    path: sendall,
    body: {
      filter: { is_to_all: false, tag_id: 2 },
      msgtype: "mpnews",
      mpnews: { media_id: "M" },
      send_ignore_reprint: 0,
      clientmsgid: "send_tag_2",
    },
    answer: { ...job, msg_id: 34182, msg_data_id: 206227730 },
    result: { ...job, msg_id: "34182", msg_data_id: "206227730" },
  },
  {
    call: (api) =>
      api.mass.sendToTag(2, { msgtype: "image", images: { media_ids: ["aaa"], recommend: "xxx" } }),
    method: "POST",
    path: sendall,
    body: {
      filter: { is_to_all: false, tag_id: 2 },
      msgtype: "image",
      images: { media_ids: ["aaa"], recommend: "xxx" },
    },
  },
  {
    call: (api) => api.mass.sendTo(["A", "B"], { msgtype: "voice", voice: { media_id: "M" } }),
    method: "POST",
    path: "/cgi-bin/message/mass/send",
    body: { touser: ["A", "B"], msgtype: "voice", voice: { media_id: "M" } },
  },
  {
    call: (api) =>
      api.mass.preview({ towxname: "me" }, { msgtype: "mpvideo", mpvideo: { media_id: "M" } }),
    method: "POST",
    path: "/cgi-bin/message/mass/preview",
    body: { towxname: "me", msgtype: "mpvideo", mpvideo: { media_id: "M" } },
  },
  {
    call: (api) => api.mass.delete({ msg_id: "30124", article_idx: 2 }),
    method: "POST",
    path: "/cgi-bin/message/mass/delete",
    body: { msg_id: 30124, article_idx: 2 },
  },
  {
    call: (api) => api.mass.status("201053012"),
    method: "POST",
    path: "/cgi-bin/message/mass/get",
    body: { msg_id: "201053012" },
    answer: { msg_id: 201053012, msg_status: "SEND_SUCCESS" },
    result: { msg_id: "201053012", msg_status: "SEND_SUCCESS" },
  },
  {
    call: (api) => api.mass.speed(),
    method: "POST",
    path: "/cgi-bin/message/mass/speed/get",
    body: {},
    answer: { speed: 3, realspeed: 15 },
  },
  {
    call: (api) => api.mass.setSpeed(1),
    method: "POST",
    path: "/cgi-bin/message/mass/speed/set",
    body: { speed: 1 },
  },
  {
    call: (api) => api.mass.uploadVideo({ media_id: "M", title: "T", description: "D" }),
    method: "POST",
    path: "/cgi-bin/media/uploadvideo",
    body: { media_id: "M", title: "T", description: "D" },
    answer: { type: "video", media_id: "V", created_at: 1398848981 },
  },
  {
    call: (api) => api.mass.uploadNews([{ thumb_media_id: "T", title: "标题", content: "<p>" }]),
    method: "POST",
    path: "/cgi-bin/media/uploadnews",
    body: { articles: [{ thumb_media_id: "T", title: "标题", content: "<p>" }] },
    answer: { type: "news", media_id: "N", created_at: 1391857799 },
  },
];
