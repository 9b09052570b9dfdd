/** Takes the body of a request or an answer. */
export interface BodySink {
  /** @param bytes - a view, which is the caller's again afterwards */
  push(bytes: Buffer, timeMs: number | undefined): void;
  /** So many bytes are missing. */
  gap(bytes: number): void;
  /** Nothing more comes of it. @param isWhole - it has come to its end, missing bytes counted */
  end(isWhole: boolean): void;
}

/** Takes a body that nobody wants. */
export const unread: BodySink = { push: () => {}, gap: () => {}, end: () => {} };
