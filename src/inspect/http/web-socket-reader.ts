import { ProtocolError } from '../../errors.ts';
import { Opcode } from '../../protocol/ws/frame-header.ts';
import { FrameReader } from '../../protocol/ws/frame-reader.ts';
import type { FlowContentReader } from '../flow-content-reader.ts';

/** Reads what a server says over WebSocket, and hands on what is in binary messages. */
export class WebSocketReader implements FlowContentReader {
  readonly #body: FlowContentReader;
  readonly #fail: (problem: string) => void;
  readonly #frames = new FrameReader();
  #isLost = false;

  /** @param fail - is told what cannot be read, once */
  constructor(body: FlowContentReader, fail: (problem: string) => void) {
    this.#body = body;
    this.#fail = fail;
  }

  push(bytes: Buffer, timeMs: number | undefined): void {
    if (this.#isLost) return;
    try {
      for (const part of this.#frames.decode(bytes))
        if (part.opcode === Opcode.binary) this.#body.push(part.bytes, timeMs);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#isLost = true;
      this.#fail(error.message);
    }
  }

  gap(): void {
    this.#isLost = true; // where the next frame begins cannot be known
  }

  end(): void {
    this.#body.end();
  }
}
