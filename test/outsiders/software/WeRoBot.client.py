import base64

import driver
import werobot

robot = werobot.WeRoBot(token=driver.token, app_id=driver.app_id, app_secret=driver.app_secret)
api = robot.client


def upload(file):
    with open(file, "rb") as media:
        return api.upload_media("image", media)["media_id"]


def add_material(file):
    with open(file, "rb") as media:
        return api.upload_permanent_media("image", media)["media_id"]


def qrcode(scene):
    action = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}
    ticket = api.create_qrcode({"expire_seconds": 1800, **action})["ticket"]
    return {"ticket": ticket, "picture": api.show_qrcode(ticket).url}


driver.client(
    werobot.__version__,
    token=api.get_access_token,
    text=api.send_text_message,
    image=api.send_image_message,
    news=api.send_article_message,
    upload=upload,
    download=lambda media_id: base64.b64encode(api.download_media(media_id).content).decode(),
    createMenu=api.create_menu,
    getMenu=lambda: api.get_menu()["menu"]["button"],
    deleteMenu=api.delete_menu,
    profile=api.get_user_info,
    followers=lambda: api.get_followers()["data"]["openid"],
    remark=api.remark_user,
    createTag=lambda name: api.create_tag(name)["tag"]["id"],
    tag=lambda openid, tag_id: api.tag_users(tag_id, [openid]),
    tagsOf=lambda openid: api.get_tags_by_user(openid)["tagid_list"],
    template=lambda openid, id, url, data: api.send_template_message(openid, id, data, url),
    qrcode=qrcode,
    addMaterial=add_material,
    countImages=lambda: api.get_media_count()["image_count"],
    deleteMaterial=api.delete_permanent_media,
)
