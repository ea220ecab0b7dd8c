import type { AnyEvent } from "../../../src/message/events.js";

/**
 * What the files of test/fixtures/events decode to. The annotation has the compiler check each
 * against the types that users get: no field more, no field less.
 */
export const legacyEventSamples: Readonly<Record<string, AnyEvent>> = {
  ShakearoundUserShake: {
    ToUserName: "toUser",
    FromUserName: "fromUser",
    CreateTime: 1433332012,
    MsgType: "event",
    Event: "ShakearoundUserShake",
    ChosenBeacon: { Uuid: "uuid", Major: 1, Minor: 2, Distance: 0.057 },
    AroundBeacons: [{ Uuid: "uuid", Major: 1, Minor: 3, Distance: 166.816 }],
  },
  WifiConnected: {
    ToUserName: "toUser",
    FromUserName: "FromUser",
    CreateTime: 123456789,
    MsgType: "event",
    Event: "WifiConnected",
    ConnectTime: 0,
    ExpireTime: 0,
    VendorId: "3001224419",
    PlaceId: "1234",
    DeviceNo: "00:1f:7a:ad:5c:a8",
  },
  poi_check_notify: {
    ToUserName: "toUser",
    FromUserName: "fromUser",
    CreateTime: 1408622107,
    MsgType: "event",
    Event: "poi_check_notify",
    UniqId: "123adb",
    PoiId: "123123",
    Result: "fail",
    Msg: "xxxxxx",
  },
  user_authorize_invoice: {
    ToUserName: "gh_fc0a06a20993",
    FromUserName: "oZI8Fj040-be6rlDohc6gkoPOQTQ",
    CreateTime: 1475134700,
    MsgType: "event",
    Event: "user_authorize_invoice",
    SuccOrderId: "1202933957956",
    FailOrderId: "",
    AppId: "",
    Source: "",
  },
};
