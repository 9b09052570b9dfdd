/**
 * Values of AMF0 and AMF3, as RTMP, FLV files and remoting over HTTP carry them.
 * Decoders take bytes of strangers: they hold every length, count and depth to a limit, and throw a {@link ProtocolError} and nothing else.
 * @module streampump/amf
 */
export {
  AmfCallError,
  type AmfCallOptions,
  AmfClient,
  type AmfClientOptions,
  type AmfNotice,
  type AmfRequest,
} from '../amf-gateway/amf-client.ts';
export { AmfGateway, type AmfGatewayOptions, type HeaderHandler } from '../amf-gateway/amf-gateway.ts';
export type { GatewayCall, GatewayHandlers } from '../amf-gateway/gateway-call.ts';
export { AMF_CONTENT_TYPE, answerRequest, type GatewayHttpOptions } from '../amf-gateway/gateway-http.ts';
export {
  type NodeHandlerOptions,
  type NodeRequest,
  type NodeResponse,
  nodeHandler,
} from '../amf-gateway/node-handler.ts';
export {
  type NamedCall,
  type ServiceHandlers,
  type ServiceMethod,
  type Services,
  serviceHandlers,
} from '../amf-gateway/service-handlers.ts';
export { ByteReader } from '../bytes/byte-reader.ts';
export { ByteWriter } from '../bytes/byte-writer.ts';
export { type ErrorCode, ProtocolError } from '../errors.ts';
export { type AmfLimits, deepestNesting, defaultAmfLimits } from '../protocol/amf/amf-limits.ts';
export {
  type AmfBody,
  type AmfHeader,
  type AmfPacket,
  type AmfPacketLimits,
  decodeAmfPacket,
  defaultAmfPacketLimits,
  encodeAmfPacket,
} from '../protocol/amf/amf-packet.ts';
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
export { CALL_FAILED, CallFault } from '../protocol/amf/call-fault.ts';
export { flexClasses } from '../protocol/amf/flex-classes.ts';
