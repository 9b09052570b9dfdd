import { hkdfSync } from 'node:crypto';
import type { LimitSettings } from '../config/relay-settings.ts';
import { AsfIntake } from '../family/asf/asf-intake.ts';
import { asfWireForm } from '../family/asf/asf-wire-form.ts';
import { FlvIntake } from '../family/flv/flv-intake.ts';
import { flvNotice, flvWireForm } from '../family/flv/flv-wire-form.ts';
import { encodeAmf0 } from '../protocol/amf/amf0.ts';
import { MmshIds } from '../protocol/mmsh/mmsh-ids.ts';
import { encodePath, PATH_NAME } from '../protocol/rtmp/relay-path.ts';
import type { RouteStream } from '../session/http/http-activity.ts';
import { asfPaths, asxPaths } from '../session/mmsh/asf-paths.ts';
import { asxDialogue } from '../session/mmsh/asx-list.ts';
import { mmshDialogue } from '../session/mmsh/mmsh-dialogue.ts';
import { pushPaths, routePush } from '../session/mmsh/mmsh-push.ts';
import { extensionPaths, type StreamFormat } from '../session/stream-format.ts';

/** The formats in which streams come and go over HTTP and WebSocket. @param limits - of what is published; they may change */
export function mediaFormats(limits: Pick<LimitSettings, 'messageBytes'>): readonly StreamFormat[] {
  const asf: StreamFormat = {
    paths: asfPaths,
    dialogue: 'mmsh',
    contentType: 'video/x-ms-asf',
    forms: { raw: asfWireForm.raw, chunked: asfWireForm.chunked },
    absentStatus: 503,
    pathNotice: () => Buffer.alloc(0), // a file has no place for it: relays ask by MMSH
    intake: (meter) => new AsfIntake(meter),
  };
  return [
    {
      paths: extensionPaths('.flv'),
      contentType: 'video/x-flv',
      forms: flvWireForm,
      pathNotice: (form, path) => flvNotice(form, encodeAmf0(PATH_NAME, encodePath(path))),
      intake: (meter) => new FlvIntake(limits.messageBytes, meter),
    },
    { ...asf, paths: asxPaths, dialogue: 'asx' },
    { ...asf, paths: pushPaths, dialogue: 'mmsh-push' },
    asf,
  ];
}

/** What those need who answer at the paths of formats with a dialogue of their own. */
export interface DialogueParts {
  /** Random bytes that all threads of the service share; nobody outside learns them. */
  readonly secret: Uint8Array;
}

/** Who answers at the paths of formats that have a dialogue of their own, by its name. */
export function mediaDialogues({ secret }: DialogueParts): ReadonlyMap<string, RouteStream> {
  const ids = new MmshIds(new Uint8Array(hkdfSync('sha256', secret, '', 'mmsh ids', 32)));
  return new Map([
    ['mmsh', mmshDialogue(ids)],
    ['asx', asxDialogue],
    ['mmsh-push', routePush(ids)],
  ]);
}
