/**
 * Values of AMF0 and AMF3, as RTMP, FLV files and remoting over HTTP carry them.
 * Decoders take bytes of strangers: they hold every length, count and depth to a limit, and throw a {@link ProtocolError} and nothing else.
 * @module streampump/amf
 */
export { ByteReader } from '../bytes/byte-reader.ts';
export { ByteWriter } from '../bytes/byte-writer.ts';
export { type ErrorCode, ProtocolError } from '../errors.ts';
export { type AmfLimits, deepestNesting, defaultAmfLimits } from '../protocol/amf/amf-limits.ts';
export {
  type Amf3OnlyValue,
  type AmfObject,
  type AmfValue,
  amfObject,
  type ClassMembers,
  Dictionary,
  EcmaArray,
  type ExternalizableClass,
  ExternalizableObject,
  type ExternalizedInput,
  type ExternalizedOutput,
  NumberVector,
  ObjectVector,
  TypedObject,
  unsupported,
  Xml,
  XmlDocument,
} from '../protocol/amf/amf-value.ts';
export { decodeAmf0, encodeAmf0, readAmf0String } from '../protocol/amf/amf0.ts';
export { AsAmf3 } from '../protocol/amf/amf0-encoder.ts';
export { decodeAmf3, encodeAmf3 } from '../protocol/amf/amf3.ts';
export { flexClasses } from '../protocol/amf/flex-classes.ts';
