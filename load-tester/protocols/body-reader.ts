/** Reads the body of an answer as its bytes come, and tells of the media in it. */
export interface BodyReader {
  /** Takes bytes over. @throws ProtocolError when they are not what they should be */
  receive(bytes: Buffer): void;
  /** What the media say of their end at the end of a body that was not parsed; undefined where they say nothing. @param tail - only looked at */
  endIn(tail: Buffer): string | undefined;
}
