import base64

import driver
import werobot

robot = werobot.WeRoBot(token=driver.token, app_id=driver.app_id, app_secret=driver.app_secret)
api = robot.client


def upload(file, kind):
    with open(file, "rb") as media:
        answer = api.upload_media(kind, media)
        return answer["thumb_media_id" if kind == "thumb" else "media_id"]


def add_material(file):
    with open(file, "rb") as media:
        return api.upload_permanent_media("image", media)["media_id"]


def add_video(file, title, introduction):
    with open(file, "rb") as media:
        return api.upload_permanent_video(title, introduction, media).json()["media_id"]


def picture(file):
    with open(file, "rb") as media:
        return api.upload_news_picture(media)["url"]


def get_material(media_id):
    return base64.b64encode(api.download_permanent_media(media_id).content).decode()


def permanent_qrcode(scene):
    action = {"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": scene}}}
    return api.create_qrcode(action)["ticket"]


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
    voice=api.send_voice_message,
    video=lambda openid, media_id, _: api.send_video_message(openid, media_id),
    music=lambda openid, url, thumb: api.send_music_message(openid, url, url, thumb),
    massText=lambda text, openids: str(api.send_mass_msg("text", text, openids)["msg_id"]),
    massStatus=lambda id: api.get_mass_msg_status(id)["msg_status"],
    preview=lambda openid, text: api.send_mass_preview_to_user("text", text, openid),
    addConditional=lambda menu: api.create_custom_menu(menu["button"], menu["matchrule"])["menuid"],
    tryMenu=lambda openid: api.match_custom_menu(openid)["button"][0]["name"],
    deleteConditional=api.delete_custom_menu,
    createMenu=api.create_menu,
    getMenu=lambda: api.get_menu()["menu"]["button"],
    deleteMenu=api.delete_menu,
    profile=api.get_user_info,
    profiles=lambda openids: [
        user["openid"] for user in api.get_users_info(openids)["user_info_list"]
    ],
    followers=lambda: api.get_followers()["data"]["openid"],
    remark=api.remark_user,
    createTag=lambda name: api.create_tag(name)["tag"]["id"],
    tag=lambda openid, tag_id: api.tag_users(tag_id, [openid]),
    tagsOf=lambda openid: api.get_tags_by_user(openid)["tagid_list"],
    template=lambda openid, id, url, data: api.send_template_message(openid, id, data, url),
    permanentQrcode=permanent_qrcode,
    addresses=lambda: api.get_ip_list()["ip_list"],
    addAgent=lambda name, nickname: api.add_custom_service_account(name, nickname, "secret"),
    agents=lambda: [
        agent["kf_account"] for agent in api.get_custom_service_account_list()["kf_list"]
    ],
    removeAgent=lambda name: api.delete_custom_service_account(name, "客服1", "secret"),
    materials=lambda kind: [
        one["media_id"] for one in api.get_media_list(kind, 0, 20)["item"]
    ],
    getMaterial=get_material,
    addVideo=add_video,
    picture=picture,
    qrcode=qrcode,
    addMaterial=add_material,
    countImages=lambda: api.get_media_count()["image_count"],
    deleteMaterial=api.delete_permanent_media,
)
