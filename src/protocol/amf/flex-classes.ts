import type { ByteReader } from '../../bytes/byte-reader.ts';
import { ProtocolError } from '../../errors.ts';
import type { AmfObject, AmfValue, ExternalizableClass, ExternalizedOutput } from './amf-value.ts';

/** A property of a message that is written only if it is there. */
interface Field {
  readonly name: string;
  /** Whether this is the form of 16 bytes, which stands for a UUID as text. */
  readonly isBytes: boolean;
}

/** What one class in the line of a message's parents writes: for each byte of flags, from its lowest bit on, what the flag is for. */
type Section = readonly (readonly Field[])[];

const asValues = (...names: string[]): Field[] => names.map((name) => ({ name, isBytes: false }));
const asBytes = (...names: string[]): Field[] => names.map((name) => ({ name, isBytes: true }));

const abstractMessage: Section = [
  asValues('body', 'clientId', 'destination', 'headers', 'messageId', 'timestamp', 'timeToLive'),
  asBytes('clientId', 'messageId'),
];
const asyncMessage: Section = [[...asValues('correlationId'), ...asBytes('correlationId')]];
const acknowledgeMessage: Section = [[]];
const commandMessage: Section = [asValues('operation')];

/** The externalizable classes of Flex and BlazeDS that clients and servers send, by name. */
export const flexClasses: ReadonlyMap<string, ExternalizableClass> = new Map(
  [
    holder('flex.messaging.io.ArrayCollection', 'source'),
    holder('flex.messaging.io.ArrayList', 'source'),
    holder('flex.messaging.io.ObjectProxy', 'object'),
    smallMessage('DSA', abstractMessage, asyncMessage),
    smallMessage('DSC', abstractMessage, asyncMessage, commandMessage),
    smallMessage('DSK', abstractMessage, asyncMessage, acknowledgeMessage),
  ].map((type) => [type.className, type]),
);

/** A class whose objects write one value. */
function holder(className: string, property: string): ExternalizableClass {
  return {
    className,
    read: (properties, input) => {
      properties[property] = input.readValue();
    },
    write: (properties, output) => output.writeValue(properties[property]),
  };
}

/** A message of BlazeDS in its short form. Null and undefined properties are left out; UUIDs in capitals go as 16 bytes. */
function smallMessage(className: string, ...sections: Section[]): ExternalizableClass {
  return {
    className,
    read: (properties, { reader, readValue }) => {
      for (const section of sections) {
        for (const [i, flags] of readFlags(reader).entries())
          readFlagged(properties, flags, section[i], readValue);
      }
    },
    write: (properties, output) => {
      for (const section of sections) writeSection(properties, section, output);
    },
  };
}

const nextFlag = 0x80;

/** More bytes of flags than any class has. */
const maxFlagBytes = 8;

function readFlags(reader: ByteReader): number[] {
  const flags: number[] = [];
  for (let isLast = false; !isLast; ) {
    const byte = reader.u8();
    flags.push(byte);
    isLast = byte < nextFlag;
    if (flags.length <= maxFlagBytes) continue;
    throw new ProtocolError(
      'AMF_VALUE_INVALID',
      `over ${maxFlagBytes} bytes of flags before offset ${reader.offset}`,
    );
  }
  return flags;
}

/** What has a flag that is not known is read and dropped, but for bit 6: BlazeDS, too, reads up to bit 5. */
function readFlagged(
  properties: AmfObject,
  flags: number,
  fields: readonly Field[] = [],
  readValue: () => AmfValue,
): void {
  for (let bit = 0; bit < 7; bit++) {
    if ((flags & (1 << bit)) === 0) continue;
    const field = fields[bit];
    if (field !== undefined) properties[field.name] = field.isBytes ? uuidText(readValue()) : readValue();
    else if (bit < 6) readValue();
  }
}

function writeSection(
  properties: AmfObject,
  section: Section,
  { writer, writeValue }: ExternalizedOutput,
): void {
  const canBeBytes = (name: string): boolean =>
    section.some((row) => row.some((field) => field.isBytes && field.name === name));
  const isWritten = ({ name, isBytes }: Field): boolean => {
    const value = properties[name] ?? null;
    if (value === null) return false;
    return isBytes === (canBeBytes(name) && isUuid(value));
  };
  const written = section.map((row) => row.map((field, bit) => (isWritten(field) ? 1 << bit : 0)));
  const flags = written.map((row) => row.reduce((sum, flag) => sum | flag, 0));
  const last = Math.max(
    0,
    flags.findLastIndex((byte) => byte !== 0),
  );
  for (let i = 0; i <= last; i++) writer.u8((flags[i] ?? 0) | (i < last ? nextFlag : 0));
  for (const field of section.flat().filter(isWritten)) {
    const value = properties[field.name];
    writeValue(field.isBytes ? uuidBytes(String(value)) : value);
  }
}

function isUuid(value: AmfValue): boolean {
  return typeof value === 'string' && /^[\dA-F]{8}(?:-[\dA-F]{4}){3}-[\dA-F]{12}$/.test(value);
}

/** @throws ProtocolError `AMF_VALUE_INVALID` for what is neither null nor 16 bytes */
function uuidText(bytes: AmfValue): string | null {
  if (bytes === null) return null;
  if (!(bytes instanceof Uint8Array) || bytes.length !== 16) {
    throw new ProtocolError(
      'AMF_VALUE_INVALID',
      'the id of a message is flagged as 16 bytes, and is something else',
    );
  }
  const digits = Buffer.from(bytes).toString('hex').toUpperCase();
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function uuidBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll('-', ''), 'hex'));
}
