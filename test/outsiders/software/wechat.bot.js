import { createServer } from "node:http";
import { parse } from "node:url";
import connect from "connect";
import wechat from "wechat";
import { account, bot } from "./driver.js";

const { token, appId: appid, encodingAESKey } = account;

const handler = wechat
  .text(({ Content }, _, res) => {
    if (Content === "human") return res.transfer2CustomerService();
    if (Content !== "music") return res.reply(Content);
    const musicUrl = "http://a.example/1.mp3";
    const song = { title: "song", description: "of a bird", musicUrl, hqMusicUrl: musicUrl };
    return res.reply({ type: "music", content: { ...song, thumbMediaId: "THUMB" } });
  })
  .image(({ MediaId }, _, res) => res.reply({ type: "image", content: { mediaId: MediaId } }))
  .voice(({ MediaId }, _, res) => res.reply({ type: "voice", content: { mediaId: MediaId } }))
  .video(({ MediaId: mediaId }, _, res) =>
    res.reply({ type: "video", content: { mediaId, title: "again", description: "your video" } }),
  )
  .location((said, _, res) => res.reply(`${said.Location_X} ${said.Location_Y} ${said.Label}`))
  .link(({ Title: title, Url: url }, _, res) =>
    res.reply([{ title, description: "", picurl: "", url }]),
  )
  .event(({ Event, EventKey }, _, res) => {
    if (Event === "subscribe") res.reply(`welcome ${EventKey}`);
    else if (Event === "SCAN" || Event === "CLICK") res.reply(EventKey);
    else res.reply("");
  });

const app = connect();
app.use((req, _, next) => {
  req.query = parse(req.url, true).query;
  next();
});
app.use(wechat(encodingAESKey ? { token, appid, encodingAESKey } : token, handler));
bot("wechat", createServer(app));
