import { ProtocolError } from '../../errors.ts';
import type { Content } from '../../inspect/content.ts';
import type { InspectRecord } from '../../inspect/record.ts';
import { amfToJson, type JsonValue } from '../../protocol/amf/amf-json.ts';
import type { AmfValue } from '../../protocol/amf/amf-value.ts';

/** What was found as a value of JSON: flows by their ids, which are described where they begin. */
export function recordJson(record: InspectRecord): Readonly<Record<string, unknown>> {
  const { flow, timeMs, offset, is, ...found } = record;
  const head = { is, flow: flow.id, offset, ...(timeMs === undefined ? {} : { timeMs }) };
  const ends =
    is === 'flow' ? { source: flow.source, from: flow.from, to: flow.to, tunnel: flow.tunnel } : {};
  if (record.is !== 'message' && record.is !== 'tag') return { ...head, ...ends, ...found };
  return { ...head, ...found, content: contentJson(record.content) };
}

function contentJson(content: Content): unknown {
  if (content.is === 'command') return { ...content, args: content.args.map(valueJson) };
  if (content.is === 'data') return { ...content, values: content.values.map(valueJson) };
  if (content.is !== 'aggregate') return content;
  return {
    ...content,
    parts: content.parts.map((part) => ({ ...part, content: contentJson(part.content) })),
  };
}

function valueJson(value: AmfValue): JsonValue {
  try {
    return amfToJson(value);
  } catch (error) {
    if (error instanceof ProtocolError) return { $amf: 'not shown', reason: error.message };
    throw error;
  }
}
