import base64

import driver
import wechatpy

api = wechatpy.WeChatClient(driver.app_id, driver.app_secret)


def upload(file):
    with open(file, "rb") as media:
        return api.media.upload("image", media)["media_id"]


def add_material(file):
    with open(file, "rb") as media:
        return api.material.add("image", media)["media_id"]


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
    createMenu=api.menu.create,
    getMenu=lambda: api.menu.get()["menu"]["button"],
    deleteMenu=api.menu.delete,
    profile=api.user.get,
    followers=lambda: list(api.user.iter_followers()),
    remark=api.user.update_remark,
    createTag=lambda name: api.tag.create(name)["id"],
    tag=lambda openid, tag_id: api.tag.tag_user(tag_id, openid),
    tagsOf=api.tag.get_user_tag,
    ticket=api.jsapi.get_jsapi_ticket,
    sign=sign,
    addTemplate=api.template.add,
    template=lambda openid, id, url, data: api.message.send_template(openid, id, data, url),
    qrcode=qrcode,
    addMaterial=add_material,
    countImages=lambda: api.material.get_count()["image_count"],
    deleteMaterial=api.material.delete,
    authorize=lambda page, state: oauth(page, state).authorize_url,
    login=login,
)
