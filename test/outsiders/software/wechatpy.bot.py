import bottle
import driver
import wechatpy
from bottle import HTTPResponse, request
from wechatpy import replies
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException
from wechatpy.utils import check_signature

crypto = WeChatCrypto(driver.token, driver.aes_key, driver.app_id) if driver.aes_key else None


def serve(**_):
    query = request.query
    try:
        check_signature(driver.token, query.signature, query.timestamp, query.nonce)
        if request.method == "GET":
            return query.echostr
        body = request.body.read()
        if crypto is None:
            return answer(wechatpy.parse_message(body)).render()
        signed = (query.msg_signature, query.timestamp, query.nonce)
        message = wechatpy.parse_message(crypto.decrypt_message(body, *signed))
        return crypto.encrypt_message(answer(message).render(), query.nonce, query.timestamp)
    except (InvalidSignatureException, InvalidAppIdException):
        return HTTPResponse(status=403)


def answer(message):
    def reply(kind, **fields):
        return kind(message=message, **fields)

    if message.type == "text":
        return text_answer(message, reply)
    if message.type == "image":
        return reply(replies.ImageReply, media_id=message.media_id)
    if message.type == "voice":
        return reply(replies.VoiceReply, media_id=message.media_id)
    if message.type == "video":
        said = {"title": "again", "description": "your video"}
        return reply(replies.VideoReply, media_id=message.media_id, **said)
    if message.type == "location":
        place = f"{message.location_x} {message.location_y} {message.label}"
        return reply(replies.TextReply, content=place)
    if message.type == "link":
        card = {"title": message.title, "description": "", "image": "", "url": message.url}
        return reply(replies.ArticlesReply, articles=[card])
    if message.event == "subscribe_scan":
        return reply(replies.TextReply, content=f"welcome qrscene_{message.scene_id}")
    if message.event == "subscribe":
        return reply(replies.TextReply, content="welcome ")
    if message.event == "scan":
        return reply(replies.TextReply, content=message.scene_id)
    if message.event == "click":
        return reply(replies.TextReply, content=message.key)
    return replies.EmptyReply()


def text_answer(message, reply):
    if message.content == "human":
        return reply(replies.TransferCustomerServiceReply)
    if message.content != "music":
        return reply(replies.TextReply, content=message.content)
    url = "http://a.example/1.mp3"
    song = {"title": "song", "description": "of a bird", "music_url": url, "hq_music_url": url}
    return reply(replies.MusicReply, thumb_media_id="THUMB", **song)


app = bottle.Bottle()
app.route("<path:path>", ["GET", "POST"], serve)
driver.bot(wechatpy.__version__, app)
