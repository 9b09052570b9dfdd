import { ProtocolError } from '../../errors.ts';
import { CONTROL_BIT, FIN, LENGTH_BITS, MASKED, Opcode, RESERVED_BITS } from './frame-header.ts';

/** What frames hold: of data frames a part as it came, of control frames all. */
export type FramePart =
  /** A part of a binary message, a view of the bytes. */
  | { readonly opcode: typeof Opcode.binary; readonly bytes: Buffer }
  | { readonly opcode: typeof Opcode.ping | typeof Opcode.pong; readonly bytes: Buffer }
  /** @see RFC 6455 section 7.4 */
  | { readonly opcode: typeof Opcode.close; readonly code: number; readonly reason: string };

/** No piece of a live stream is as large: a longer frame is none. */
const MAX_FRAME_BYTES = 64 * 2 ** 20;
/** Stands for a close frame without a code. @see RFC 6455 section 7.1.5 */
const CLOSE_WITHOUT_CODE = 1005;

type State =
  /** In the header of a frame: what has come of it. */
  | { readonly at: 'header'; readonly bytes: readonly number[] }
  | { readonly at: 'data'; readonly left: number }
  /** In a control frame: what has come of its payload. */
  | { readonly at: 'control'; readonly opcode: Opcode; readonly length: number; readonly bytes: Buffer }
  /** Behind a close frame nothing counts any more. */
  | { readonly at: 'closed' };

const betweenFrames: State = { at: 'header', bytes: [] };

/** Reads the frames of a server as their bytes come; keeps no more of them than a header or a control frame. */
export class FrameReader {
  #state: State = betweenFrames;
  /** Whether a binary message goes on in the next data frame. */
  #isInMessage = false;

  /** What is in these bytes. @throws ProtocolError `WEBSOCKET_FRAME_INVALID` when it is no server's binary frames */
  *decode(bytes: Buffer): Generator<FramePart> {
    for (let at = 0; at < bytes.length; ) {
      const state = this.#state;
      switch (state.at) {
        case 'header':
          this.#readHeader([...state.bytes, bytes.readUInt8(at++)]);
          break;
        case 'data': {
          const part = bytes.subarray(at, at + state.left);
          at += part.length;
          this.#state =
            part.length < state.left ? { at: 'data', left: state.left - part.length } : betweenFrames;
          yield { opcode: Opcode.binary, bytes: part };
          break;
        }
        case 'control': {
          const part = bytes.subarray(at, at + state.length - state.bytes.length);
          at += part.length;
          this.#state = { ...state, bytes: Buffer.concat([state.bytes, part]) };
          break;
        }
        case 'closed':
          return;
        default:
          return state satisfies never;
      }
      // an empty frame is complete with its header
      const control = this.#readControl();
      if (control !== undefined) yield control;
    }
  }

  /** Whether so many bytes that are lost are all of the data of a frame, so that reading goes on behind them. */
  lose(bytes: number): boolean {
    const state = this.#state;
    if (state.at !== 'data' || bytes > state.left) return false;
    this.#state = bytes < state.left ? { at: 'data', left: state.left - bytes } : betweenFrames;
    return true;
  }

  /** Goes on to the payload once the header is complete. */
  #readHeader(header: readonly number[]): void {
    const [first = 0, second] = header;
    this.#state = { at: 'header', bytes: header };
    if (first & RESERVED_BITS) throw fault('reserved bits are set');
    if (second === undefined) return;
    if (second & MASKED) throw fault('a server masks its frame');
    const lengthBytes = { 126: 2, 127: 8 }[second & LENGTH_BITS] ?? 0;
    const opcode = first & 0x0f;
    const isControl = (opcode & CONTROL_BIT) !== 0;
    if (isControl && (lengthBytes > 0 || !(first & FIN)))
      throw fault('control frame that is long or fragmented');
    if (header.length < 2 + lengthBytes) return;
    const length =
      lengthBytes === 0 ? second : header.slice(2).reduce((value, byte) => value * 256 + byte, 0);
    if (length > MAX_FRAME_BYTES) throw fault(`frame of ${length} bytes, limit ${MAX_FRAME_BYTES}`);
    if (length < { 0: 0, 2: 126, 8: 65_536 }[lengthBytes as 0 | 2 | 8])
      throw fault(`length ${length} in ${lengthBytes} bytes`);
    if (isControl) this.#beginControl(opcode, length);
    else this.#beginData(opcode, length, (first & FIN) !== 0);
  }

  #beginData(opcode: number, length: number, isLast: boolean): void {
    if (opcode === Opcode.text) throw fault('text in place of media');
    if (opcode !== Opcode.binary && opcode !== Opcode.continuation) throw fault(`unknown opcode ${opcode}`);
    if ((opcode === Opcode.continuation) !== this.#isInMessage)
      throw fault(this.#isInMessage ? 'message inside a message' : 'continuation of no message');
    this.#isInMessage = !isLast;
    this.#state = length === 0 ? betweenFrames : { at: 'data', left: length };
  }

  #beginControl(opcode: number, length: number): void {
    if (opcode !== Opcode.close && opcode !== Opcode.ping && opcode !== Opcode.pong)
      throw fault(`unknown opcode ${opcode}`);
    if (opcode === Opcode.close && length === 1) throw fault('close frame with half a code');
    this.#state = { at: 'control', opcode, length, bytes: Buffer.alloc(0) };
  }

  /** The control frame that is complete now. */
  #readControl(): FramePart | undefined {
    const state = this.#state;
    if (state.at !== 'control' || state.bytes.length < state.length) return undefined;
    const { opcode, bytes } = state;
    if (opcode !== Opcode.close) {
      this.#state = betweenFrames;
      return { opcode: opcode as typeof Opcode.ping, bytes };
    }
    this.#state = { at: 'closed' };
    const code = bytes.length === 0 ? CLOSE_WITHOUT_CODE : bytes.readUInt16BE(0);
    return { opcode, code, reason: bytes.toString('utf8', 2) };
  }
}

function fault(problem: string): ProtocolError {
  return new ProtocolError('WEBSOCKET_FRAME_INVALID', problem);
}
