import type { EventEnvelope } from "../envelope.js";
import { type EventFields, number, text } from "../read.js";

type Card = {
  /** The kind of card. */
  CardId: string;
};

type UserCard = Card & {
  /** The card that a user holds. */
  UserCardCode: string;
};

type GiftOrder = {
  PageId: string;
  OrderId: string;
};

/** 微信卡券, which WeChat is retiring. Money is in 分; flags are 0 or 1. Source: 「卡券事件推送」. */
export interface CardEvents {
  /** 审核通过. */
  card_pass_check: EventEnvelope<"card_pass_check"> & Card;
  /** 审核未通过. */
  card_not_pass_check: EventEnvelope<"card_not_pass_check"> & Card & { RefuseReason: string };
  /** 领取. */
  user_get_card: EventEnvelope<"user_get_card"> &
    UserCard & {
      IsGiveByFriend: number;
      /** Who gave it; empty if nobody did. */
      FriendUserName: string;
      /** The older form of `OuterStr`. */
      OuterId: number;
      /** The code before it was given away. */
      OldUserCardCode: string;
      /** Where it was taken from, as the merchant named it. */
      OuterStr: string;
      IsRestoreMemberCard: number;
      IsRecommendByFriend: number;
      UnionId?: string;
    };
  /** 转赠. */
  user_gifting_card: EventEnvelope<"user_gifting_card"> &
    UserCard & { IsReturnBack: number; FriendUserName: string; IsChatRoom: number };
  /** 删除. */
  user_del_card: EventEnvelope<"user_del_card"> & UserCard;
  /** 核销. */
  user_consume_card: EventEnvelope<"user_consume_card"> &
    UserCard & {
      /** `FROM_API`, `FROM_MP` or `FROM_MOBILE_HELPER`. */
      ConsumeSource: string;
      LocationName: string;
      StaffOpenId: string;
      VerifyCode: string;
      RemarkAmount: string;
      OuterStr: string;
    };
  /** 买单. */
  user_pay_from_pay_cell: EventEnvelope<"user_pay_from_pay_cell"> &
    UserCard & {
      TransId: string;
      LocationId: string;
      /** What was paid, in 分. */
      Fee: number;
      /** What it would have cost, in 分. */
      OriginalFee: number;
    };
  /** 进入会员卡. */
  user_view_card: EventEnvelope<"user_view_card"> & UserCard & { OuterStr: string };
  /** 从卡券进入公众号会话. */
  user_enter_session_from_card: EventEnvelope<"user_enter_session_from_card"> & UserCard;
  /** 会员卡内容更新. */
  update_member_card: EventEnvelope<"update_member_card"> &
    UserCard & { ModifyBonus: number; ModifyBalance: number };
  /** 库存报警, every twelve hours. */
  card_sku_remind: EventEnvelope<"card_sku_remind"> & Card & { Detail: string };
  /** 券点流水详情. Times are seconds. */
  card_pay_order: EventEnvelope<"card_pay_order"> & {
    OrderId: string;
    /** `ORDER_STATUS_FINANCE_SUCC`, … */
    Status: string;
    CreateOrderTime: number;
    PayFinishTime: number;
    Desc: string;
    FreeCoinCount: number;
    PayCoinCount: number;
    RefundFreeCoinCount: number;
    RefundPayCoinCount: number;
    /** `ORDER_TYPE_` and `SYS_ADD`, `WXPAY`, `REFUND`, `REDUCE` or `SYS_REDUCE`. */
    OrderType: string;
    Memo: string;
    ReceiptInfo: string;
  };
  /** 会员卡激活. */
  submit_membercard_user_info: EventEnvelope<"submit_membercard_user_info"> & UserCard;
  /** 子商户审核. */
  card_merchant_check_result: EventEnvelope<"card_merchant_check_result"> & {
    MerchantId: string;
    IsPass: number;
    Reason: string;
  };
  /** 礼品卡购买. */
  giftcard_pay_done: EventEnvelope<"giftcard_pay_done"> & GiftOrder;
  /** 礼品卡赠送. The flags are `true` or `false`, as text. */
  giftcard_send_to_friend: EventEnvelope<"giftcard_send_to_friend"> &
    GiftOrder & { IsChatRoom: string; IsReturnBack: string };
  /** 礼品卡领取. The flag is `true` or `false`, as text. */
  giftcard_user_accept: EventEnvelope<"giftcard_user_accept"> & GiftOrder & { IsChatRoom: string };
}

const card = { CardId: text };
const userCard = { CardId: text, UserCardCode: text };
const giftOrder = { PageId: text, OrderId: text };

export const cardEvents: EventFields<CardEvents> = {
  card_pass_check: card,
  card_not_pass_check: { ...card, RefuseReason: text },
  user_get_card: {
    ...userCard,
    IsGiveByFriend: number,
    FriendUserName: text,
    OuterId: number,
    OldUserCardCode: text,
    OuterStr: text,
    IsRestoreMemberCard: number,
    IsRecommendByFriend: number,
    UnionId: text,
  },
  user_gifting_card: {
    ...userCard,
    IsReturnBack: number,
    FriendUserName: text,
    IsChatRoom: number,
  },
  user_del_card: userCard,
  user_consume_card: {
    ...userCard,
    ConsumeSource: text,
    LocationName: text,
    StaffOpenId: text,
    VerifyCode: text,
    RemarkAmount: text,
    OuterStr: text,
  },
  user_pay_from_pay_cell: {
    ...userCard,
    TransId: text,
    LocationId: text,
    Fee: number,
    OriginalFee: number,
  },
  user_view_card: { ...userCard, OuterStr: text },
  user_enter_session_from_card: userCard,
  update_member_card: { ...userCard, ModifyBonus: number, ModifyBalance: number },
  card_sku_remind: { ...card, Detail: text },
  card_pay_order: {
    OrderId: text,
    Status: text,
    CreateOrderTime: number,
    PayFinishTime: number,
    Desc: text,
    FreeCoinCount: number,
    PayCoinCount: number,
    RefundFreeCoinCount: number,
    RefundPayCoinCount: number,
    OrderType: text,
    Memo: text,
    ReceiptInfo: text,
  },
  submit_membercard_user_info: userCard,
  card_merchant_check_result: { MerchantId: text, IsPass: number, Reason: text },
  giftcard_pay_done: giftOrder,
  giftcard_send_to_friend: { ...giftOrder, IsChatRoom: text, IsReturnBack: text },
  giftcard_user_accept: { ...giftOrder, IsChatRoom: text },
};
