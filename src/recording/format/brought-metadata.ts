import { type AmfObject, type AmfValue, amfObject, propertiesOf } from '../../protocol/amf/amf-value.ts';
import { decodeAmf0, encodeAmf0 } from '../../protocol/amf/amf0.ts';

/** What a source may bring of metadata into a file: more is left out, bytes of AMF0. */
const MAX_BYTES = 16_384;
const MAX_PROPERTIES = 100;
const MAX_TEXT_LENGTH = 1024;

/** What a recorder says itself. */
const ownNames: ReadonlySet<string> = new Set([
  'duration',
  'filesize',
  'lasttimestamp',
  'lastkeyframetimestamp',
  'lastkeyframelocation',
  'hasKeyframes',
  'hasMetadata',
  'hasVideo',
  'hasAudio',
  'canSeekToEnd',
  'keyframes',
]);

/**
 * What is kept of the metadata of a source: numbers, truths, texts and dates, as far as they are no claims about the file.
 * @param payload - of a data message or script tag `onMetaData`; anything else has nothing to keep. Never throws.
 */
export function broughtMetadata(payload: Buffer): AmfObject {
  const kept = amfObject({});
  for (const [name, value] of Object.entries(propertiesIn(payload))) {
    if (ownNames.has(name) || name === '' || !isPlain(value)) continue;
    kept[name] = value;
    if (Object.keys(kept).length > MAX_PROPERTIES || encodeAmf0(kept).length > MAX_BYTES) {
      delete kept[name];
      break;
    }
  }
  return kept;
}

/** The properties of a message `onMetaData`. */
export function propertiesIn(payload: Buffer): AmfObject {
  try {
    const [name, value] = decodeAmf0(payload);
    if (name === 'onMetaData') return propertiesOf(value);
  } catch {
    // a source may send anything
  }
  return amfObject({});
}

function isPlain(value: AmfValue): boolean {
  if (typeof value === 'string') return value.length <= MAX_TEXT_LENGTH;
  return typeof value === 'number' || typeof value === 'boolean' || value instanceof Date;
}
