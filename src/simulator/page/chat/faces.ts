/**
 * WeChat's own faces, in the nearest characters there are: how texts write them, as a code of QQ's, in
 * Chinese and in English brackets. Which a phone sends depends on its language.
 */
const table = `
/::) 微笑 Smile 🙂
/::~ 撇嘴 Grimace 😟
/::B 色 Drool 😍
/::| 发呆 Scowl 😳
/:8-) 得意 CoolGuy 😎
/::< 流泪 Sob 😢
/::$ 害羞 Shy ☺️
/::X 闭嘴 Silent 🤐
/::Z 睡 Sleep 😴
/::'( 大哭 Cry 😭
/::-| 尴尬 Awkward 😅
/::@ 发怒 Angry 😡
/::P 调皮 Tongue 😛
/::D 呲牙 Grin 😁
/::O 惊讶 Surprise 😮
/::( 难过 Frown 🙁
/::+ 酷 Ruthless 🕶️
/:--b 冷汗 Blush 😰
/::Q 抓狂 Scream 😫
/::T 吐 Puke 🤮
/:,@P 偷笑 Chuckle 🤭
/:,@-D 愉快 Joyful 😊
/::d 白眼 Slight 🙄
/:,@o 傲慢 Smug 😤
/::g 饥饿 Hungry 😋
/:|-) 困 Drowsy 😪
/::! 惊恐 Panic 😱
/::L 流汗 Sweat 😓
/::> 憨笑 Laugh 😄
/::,@ 悠闲 Commando 😌
/:,@f 奋斗 Determined 💪
/::-S 咒骂 Scold 🤬
/:? 疑问 Shocked 🤔
/:,@x 嘘 Shhh 🤫
/:,@@ 晕 Dizzy 😵
/::8 疯了 Tormented 🥴
/:,@! 衰 Toasted 😞
/:!!! 骷髅 Skull 💀
/:xx 敲打 Hammer 🔨
/:bye 再见 Wave 👋
/:wipe 擦汗 Speechless 😥
/:dig 抠鼻 NosePick 🤥
/:handclap 鼓掌 Clap 👏
/:&-( 糗大了 Shame 😖
/:B-) 坏笑 Trick 😏
/:<@ 左哼哼 Bah！L 😾
/:@> 右哼哼 Bah！R 😾
/::-O 哈欠 Yawn 🥱
/:>-| 鄙视 Pooh-pooh 😒
/:P-( 委屈 Shrunken 🥺
/::'| 快哭了 TearingUp 😿
/:X-) 阴险 Sly 😈
/::* 亲亲 Kiss 😘
/:@x 吓 Wrath 😨
/:8* 可怜 Whimper 🥹
/:pd 菜刀 Cleaver 🔪
/:<W> 西瓜 Watermelon 🍉
/:beer 啤酒 Beer 🍺
/:basketb 篮球 Basketball 🏀
/:oo 乒乓 PingPong 🏓
/:coffee 咖啡 Coffee ☕
/:eat 饭 Rice 🍚
/:pig 猪头 Pig 🐷
/:rose 玫瑰 Rose 🌹
/:fade 凋谢 Wilt 🥀
/:showlove 嘴唇 Lips 💋
/:heart 爱心 Heart ❤️
/:break 心碎 BrokenHeart 💔
/:cake 蛋糕 Cake 🎂
/:li 闪电 Lightning ⚡
/:bome 炸弹 Bomb 💣
/:kn 刀 Dagger 🗡️
/:footb 足球 Soccer ⚽
/:ladybug 瓢虫 Ladybug 🐞
/:shit 便便 Poop 💩
/:moon 月亮 Moon 🌙
/:sun 太阳 Sun ☀️
/:gift 礼物 Gift 🎁
/:hug 拥抱 Hug 🤗
/:strong 强 ThumbsUp 👍
/:weak 弱 ThumbsDown 👎
/:share 握手 Shake 🤝
/:v 胜利 Peace ✌️
/:@) 抱拳 Fight 🙏
/:jj 勾引 Beckon 👆
/:@@ 拳头 Fist 👊
/:bad 差劲 Pinky 🤙
/:lvu 爱你 RockOn 🤟
/:no NO Nuh-uh ☝️
/:ok OK OK 👌
/:love 爱情 InLove 💑
/:<L> 飞吻 Blowkiss 😚
/:jump 跳跳 Waddle 🐧
/:shake 发抖 Tremble 🥶
/:<O> 怄火 Aaagh! 😠
/:circle 转圈 Twirl 💃
/:kotow 磕头 Kotow 🙇
/:turn 回头 Dramatic 👀
/:skip 跳绳 JumpRope 🏃
/:oY 投降 Surrender 🏳️
- 笑脸 Happy 😄
- 生病 Sick 😷
- 破涕为笑 Lol 😂
- 脸红 Flushed 😳
- 恐惧 Terror 😨
- 失望 LetDown 😔
- 无语 Duh 😑
- 嘿哈 Hey ✊
- 捂脸 Facepalm 🤦
- 奸笑 Smirk 😼
- 机智 Smart 🧐
- 皱眉 Concerned 😣
- 耶 Yeah! ✌️
- 吃瓜 Onlooker 🍉
- 加油 GoForIt 💪
- 汗 Sweats 😅
- 天啊 OMG 😱
- Emm Emm 🤔
- 社会社会 Respect 😎
- 旺柴 Doge 🐶
- 好的 NoProb 👌
- 打脸 MyBad 🤕
- 哇 Wow 😲
- 翻白眼 Boring 🙄
- 666 Awesome 🤙
- 让我看看 LetMeSee 👀
- 叹气 Sigh 😮‍💨
- 苦涩 Hurt 😣
- 裂开 Broken 💔
- 合十 Worship 🙏
- 庆祝 Party 🎉
- 礼物 Gift 🎁
- 红包 Packet 🧧
- 發 發 🀅
- 福 Blessing 🧧
- 烟花 Fireworks 🎆
- 爆竹 Firecracker 🧨
- 笑哭 Joy 😂
`;

const byName = new Map<string, string>();
const byCode = new Map<string, string>();
for (const row of table.trim().split("\n")) {
  const [code = "", chinese = "", english = "", face = ""] = row.split(" ");
  if (code !== "-") byCode.set(code, face);
  if (!byName.has(chinese)) byName.set(chinese, face);
  if (!byName.has(english)) byName.set(english, face);
}

/** The longest first, for one may begin like another; a word of letters ends where they end. */
const codes = [...byCode.keys()]
  .sort((a, b) => b.length - a.length)
  .map((code) => code.replace(/[^\w]/g, "\\$&") + (/\w$/.test(code) ? "(?!\\w)" : ""));
const written = new RegExp(`\\[([^\\s[\\]]{1,12})\\]|${codes.join("|")}`, "g");

/** A text with WeChat's faces in the place of what stands for them. */
export function withFaces(text: string): string {
  return text.replace(
    written,
    (all, name?: string) => (name === undefined ? byCode.get(all) : byName.get(name)) ?? all,
  );
}
