import { createServer } from "node:http";
import { OfficialAccount, ServerRequest } from "node-easywechat";
import { account, bot } from "./driver.js";

const app = () =>
  new OfficialAccount({
    app_id: account.appId,
    secret: account.appSecret,
    token: account.token,
    aes_key: account.encodingAESKey,
  });

bot(
  "node-easywechat",
  createServer(async (req, res) => {
    try {
      const official = app();
      official.setRequest(await ServerRequest.createFromIncomingMessage(req));
      const server = official.getServer();
      server.with((message) => answer(message.toObject()));
      const answered = await server.serve();
      res.writeHead(answered.getStatusCode(), answered.getHeaders());
      res.end(answered.getBody().toString());
    } catch (error) {
      console.error(error);
      res.writeHead(500).end();
    }
  }),
);

function answer(message) {
  const { MsgType, MediaId, EventKey } = message;
  switch (message.Event ?? MsgType) {
    case "image":
      return { MsgType, Image: { MediaId } };
    case "voice":
      return { MsgType, Voice: { MediaId } };
    case "video":
      return { MsgType, Video: { MediaId, Title: "again", Description: "your video" } };
    case "location":
      return `${message.Location_X} ${message.Location_Y} ${message.Label}`;
    case "link": {
      const item = { Title: message.Title, Description: "", PicUrl: "", Url: message.Url };
      return { MsgType: "news", ArticleCount: 1, Articles: { item } };
    }
    case "subscribe":
      return `welcome ${EventKey}`;
    case "SCAN":
    case "CLICK":
      return EventKey;
    case "text":
      return textAnswer(message.Content);
    default:
      return true;
  }
}

function textAnswer(content) {
  if (content === "human") return { MsgType: "transfer_customer_service" };
  if (content !== "music") return content;
  const MusicUrl = "http://a.example/1.mp3";
  const song = { Title: "song", Description: "of a bird", MusicUrl, HQMusicUrl: MusicUrl };
  return { MsgType: "music", Music: { ...song, ThumbMediaId: "THUMB" } };
}
