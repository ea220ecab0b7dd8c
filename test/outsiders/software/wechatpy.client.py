import base64

import driver
import wechatpy

api = wechatpy.WeChatClient(driver.app_id, driver.app_secret)


def upload(file, kind):
    with open(file, "rb") as media:
        answer = api.media.upload(kind, media)
        return answer["thumb_media_id" if kind == "thumb" else "media_id"]


def add_material(file):
    with open(file, "rb") as media:
        return api.material.add("image", media)["media_id"]


def add_video(file, title, introduction):
    with open(file, "rb") as media:
        return api.material.add("video", media, title, introduction)["media_id"]


def picture(file):
    with open(file, "rb") as media:
        return api.media.upload_image(media)


def permanent_qrcode(scene):
    action = {"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": scene}}}
    return api.qrcode.create(action)["ticket"]


def sign(url):
    nonce, timestamp = "nonce of the test", 1_700_000_000
    ticket = api.jsapi.get_jsapi_ticket()
    signature = api.jsapi.get_jsapi_signature(nonce, ticket, timestamp, url)
    return {"nonceStr": nonce, "timestamp": timestamp, "signature": signature}


def qrcode(scene):
    action = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}
    ticket = api.qrcode.create({"expire_seconds": 1800, **action})["ticket"]
    return {"ticket": ticket, "picture": api.qrcode.get_url(ticket)}


def oauth(page="", state=""):
    return wechatpy.WeChatOAuth(driver.app_id, driver.app_secret, page, "snsapi_userinfo", state)


def login(code):
    session = oauth()
    session.fetch_access_token(code)
    session.refresh_access_token(session.refresh_token)
    return session.get_user_info()


driver.client(
    wechatpy.__version__,
    token=lambda: api.access_token,
    text=api.message.send_text,
    image=api.message.send_image,
    news=api.message.send_articles,
    upload=upload,
    download=lambda media_id: base64.b64encode(api.media.download(media_id).content).decode(),
    voice=api.message.send_voice,
    video=lambda openid, media_id, _: api.message.send_video(openid, media_id),
    music=lambda openid, url, thumb: api.message.send_music(openid, url, url, thumb),
    massText=lambda text, openids: str(api.message.send_mass_text(text, openids)["msg_id"]),
    massStatus=lambda id: api.message.get_mass(id)["msg_status"],
    preview=lambda openid, text: api.message.send_mass_text(text, openid, preview=True),
    addConditional=lambda menu: api.menu.add_conditional(menu)["menuid"],
    tryMenu=lambda openid: api.menu.try_match(openid)["button"][0]["name"],
    deleteConditional=api.menu.del_conditional,
    createMenu=api.menu.create,
    getMenu=lambda: api.menu.get()["menu"]["button"],
    deleteMenu=api.menu.delete,
    profile=api.user.get,
    profiles=lambda openids: [user["openid"] for user in api.user.get_batch(openids)],
    block=lambda openid: api.tag.batch_black_list([openid]),
    blocked=lambda: api.tag.get_black_list()["data"]["openid"],
    unblock=lambda openid: api.tag.batch_unblack_list([openid]),
    followers=lambda: list(api.user.iter_followers()),
    remark=api.user.update_remark,
    createTag=lambda name: api.tag.create(name)["id"],
    tag=lambda openid, tag_id: api.tag.tag_user(tag_id, openid),
    tagsOf=api.tag.get_user_tag,
    ticket=api.jsapi.get_jsapi_ticket,
    sign=sign,
    addTemplate=api.template.add,
    template=lambda openid, id, url, data: api.message.send_template(openid, id, data, url),
    templates=lambda: [
        template["template_id"]
        for template in api.template.get_all_private_template()["template_list"]
    ],
    deleteTemplate=api.template.del_private_template,
    permanentQrcode=permanent_qrcode,
    addresses=api.misc.get_wechat_ips,
    userSummary=api.datacube.get_user_summary,
    addAgent=lambda name, nickname: api.customservice.add_account(name, nickname, "secret"),
    agents=lambda: [agent["kf_account"] for agent in api.customservice.get_accounts()],
    removeAgent=api.customservice.delete_account,
    addDraft=lambda articles: api.draft.add(articles)["media_id"],
    getDraft=lambda id: [article["title"] for article in api.draft.get(id)["news_item"]],
    publish=lambda id: str(api.freepublish.submit(id)["publish_id"]),
    materials=lambda kind: [one["media_id"] for one in api.material.batchget(kind)["item"]],
    getMaterial=lambda media_id: base64.b64encode(api.material.get(media_id).content).decode(),
    addVideo=add_video,
    picture=picture,
    qrcode=qrcode,
    addMaterial=add_material,
    countImages=lambda: api.material.get_count()["image_count"],
    deleteMaterial=api.material.delete,
    authorize=lambda page, state: oauth(page, state).authorize_url,
    login=login,
)
