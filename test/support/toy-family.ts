import { extensionPaths, type StreamFormat, type StreamIntake } from '../../src/session/stream-format.ts';
import type { FrameWriter, Packing, WireForm } from '../../src/stream/fan-out/wire-form.ts';
import type { Frame } from '../../src/stream/frame.ts';
import type { MediaFamily } from '../../src/stream/media-family.ts';

/**
 * A media family that nobody needs, made of lines. What is published: `H text` is the header, `P time unit unit` a packet in
 * which audio and video are together; a unit with `*` in front is a picture that a decoder can start at. What is played:
 * `header text` at the beginning and `change text` within, `number@time unit unit` for each packet.
 */
export const toyFamily: MediaFamily = { name: 'toy' };

/** For the family alone: which of the two kinds of lines a frame is. */
const Tag = { header: 1, packet: 2 } as const;

class ToyIntake implements StreamIntake {
  #rest = '';
  #count = 0;

  push(bytes: Buffer): void {
    this.#rest += bytes.toString();
  }

  *frames(): Generator<Frame> {
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      this.#count++;
      yield toyFrame(line);
    }
  }

  end(): void {}

  get partialBytes(): number {
    return this.#rest.length;
  }

  get summary(): string {
    return `${this.#count} lines`;
  }
}

/** The frame that a published line is. */
export function toyFrame(line: string): Frame {
  const [letter, first = '', ...units] = line.split(' ');
  const base = { family: toyFamily, kind: 'mixed', number: 0 } as const;
  if (letter === 'H') {
    const payload = Buffer.from(line.slice(2));
    return { ...base, role: 'header', tag: Tag.header, timestamp: 0, payload, headerKeys: ['toy'] };
  }
  const payload = Buffer.from(units.join(' '));
  const isKeyframe = units.some((unit) => unit.startsWith('*'));
  return {
    ...base,
    role: 'coded',
    tag: Tag.packet,
    timestamp: Number(first),
    payload,
    tracks: [0],
    isKeyframe,
  };
}

/** Writes lines. @param header - the word for a header @param unitsOf - which units of a packet are sent */
function lineWriter(header: string, unitsOf: (units: string) => string): FrameWriter {
  const line = ({ tag, payload, number }: Frame, timestamp: number): string =>
    tag === Tag.header ? `${header} ${payload}\n` : `${number}@${timestamp} ${unitsOf(`${payload}`)}\n`;
  return {
    sizeOf: (frame, timestamp) => line(frame, timestamp).length,
    write: (target, at, frame, timestamp) => at + target.write(line(frame, timestamp), at, 'latin1'),
  };
}

const packing: Packing = {
  ...lineWriter('change', (units) => units),
  hasVideo: true,
  isRare: false,
  includes: () => true,
  beginning: lineWriter('header', (units) => units.slice(units.indexOf('*'))),
};

/** The lines as they are. */
export const toyForm: WireForm = { protocol: 'toy', family: toyFamily, packing };

const chunkedForm: WireForm = {
  ...toyForm,
  envelope: (parts) => {
    const bytes = Buffer.concat(parts);
    return [Buffer.from(`${bytes.length.toString(16)}\r\n${bytes}\r\n`)];
  },
};

/** The lines over HTTP, at paths that end with `.toy`. */
export const toyFormat: StreamFormat = {
  paths: extensionPaths('.toy'),
  contentType: 'text/x-toy',
  forms: { raw: toyForm, chunked: chunkedForm, webSocket: toyForm },
  pathNotice: () => Buffer.alloc(0),
  intake: () => new ToyIntake(),
};
