import { ProtocolError } from '../../errors.ts';
import { amfToJson, type JsonValue, jsonToAmf } from '../../protocol/amf/amf-json.ts';
import { type AmfObject, type AmfValue, amfObject } from '../../protocol/amf/amf-value.ts';
import type { ConnectRequest } from '../../protocol/rtmp/dialogue/server-dialogue.ts';
import type { ClientConnect } from '../calls/client-call.ts';

/** So much is kept of what a client says with connect: as text, for small values take far more memory as objects; characters. */
const MAX_KEPT_TEXT = 4096;

/** What may have credentials in it. */
const hidden: ReadonlySet<string> = new Set(['app', 'tcUrl', 'pageUrl']);

/**
 * What a client has put behind the command object of connect, as an array of JSON.
 * @throws ProtocolError `RTMP_COMMAND_INVALID` when that is more than honest clients say
 */
export function connectArgsText({ extraArgs }: ConnectRequest): string {
  if (extraArgs.length === 0) return '[]';
  const text = JSON.stringify(amfToJson([...extraArgs]));
  if (text.length <= MAX_KEPT_TEXT) return text;
  const problem = `connect with arguments of ${text.length} characters, limit ${MAX_KEPT_TEXT}`;
  throw new ProtocolError('RTMP_COMMAND_INVALID', problem);
}

/** The command object of connect as JSON, without what may have credentials; empty where that is more than honest clients say. */
function commandObjectText({ commandObject }: ConnectRequest): string {
  try {
    const shown = Object.entries(commandObject).filter(([name]) => !hidden.has(name));
    const text = JSON.stringify(amfToJson(amfObject(Object.fromEntries(shown))));
    return text.length <= MAX_KEPT_TEXT ? text : '{}';
  } catch (error) {
    if (error instanceof ProtocolError) return '{}';
    throw error;
  }
}

/** What is kept of a client's connect. */
export interface ConnectWords {
  readonly app: string;
  readonly commandObject: string;
  readonly args: string;
}

/** What of a client's connect is kept for whoever answers its calls. @param app - perhaps with a query */
export function connectWords(app: string, request: ConnectRequest): ConnectWords {
  const [name = ''] = app.split('?', 1);
  return { app: name, commandObject: commandObjectText(request), args: connectArgsText(request) };
}

/** What a client has connected with, from what was kept of it. */
export function clientConnect({ app, commandObject, args }: ConnectWords): ClientConnect {
  return {
    app,
    commandObject: jsonToAmf(JSON.parse(commandObject) as JsonValue) as AmfObject,
    extraArgs: jsonToAmf(JSON.parse(args) as JsonValue) as AmfValue[],
  };
}
