import type { TunnelVerb } from '../../protocol/rtmpt/rtmpt-path.ts';

/** What a request is answered with. */
export interface TunnelReply {
  /** The polling interval, as the first byte says it. */
  readonly interval: number;
  /** What the server sends, in pieces that others may be sent too. */
  readonly pieces: readonly Buffer[];
}

/** Takes the body of a request. */
export interface BodyTaker {
  onPiece(bytes: Buffer): void;
  /** @param isWhole - false when the connection was lost before */
  onEnd(isWhole: boolean): void;
}

/** One request of a tunnel, by whatever connection and thread it has come. */
export interface TunnelRequest {
  readonly verb: TunnelVerb;
  readonly number: number;
  /** Its turn has come: has the body come in; once. */
  takeBody(taker: BodyTaker): void;
  /** Whether the body is to wait. */
  holdBody(isHeld: boolean): void;
  /** Answers it; once. Nothing more happens with what has no connection any more. */
  answer(reply: TunnelReply): void;
  /** Refuses it, in place of an answer. */
  refuse(status: number, sentence: string): void;
}
