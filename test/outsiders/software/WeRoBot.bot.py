import driver
import werobot
from werobot import replies

safe = {"app_id": driver.app_id, "encoding_aes_key": driver.aes_key} if driver.aes_key else {}
robot = werobot.WeRoBot(token=driver.token, SESSION_STORAGE=False, **safe)


@robot.text
def text(message):
    if message.content == "human":
        return replies.TransferCustomerServiceReply(message=message)
    if message.content == "music":
        return ["song", "of a bird", "http://a.example/1.mp3"]
    return message.content


@robot.image
def image(message):
    return replies.ImageReply(message=message, media_id=message.MediaId)


@robot.voice
def voice(message):
    return replies.VoiceReply(message=message, media_id=message.media_id)


@robot.video
def video(message):
    said = {"title": "again", "description": "your video"}
    return replies.VideoReply(message=message, media_id=message.media_id, **said)


@robot.location
def location(message):
    return f"{message.Location_X} {message.Location_Y} {message.label}"


@robot.link
def link(message):
    return [[message.title, "", "", message.url]]


@robot.subscribe
def subscribe(message):
    return f"welcome {message.key}"


@robot.scan
@robot.click
def key(message):
    return message.key


driver.bot(werobot.__version__, robot.wsgi)
