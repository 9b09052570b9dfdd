import type { AccessRequest, Refusal, RefusalReason } from '../../../session/access.ts';
import type { AccessRule, Question } from '../../access/rule.ts';
import { noOpinion } from '../../access/rule.ts';
import type { Chooser, NoChoice, Way } from '../choosing/choice.ts';

const reasons: Readonly<Record<NoChoice, RefusalReason>> = {
  full: 'capacity-limit',
  offline: 'capacity-limit',
  outside: 'not-found',
  unreachable: 'not-found',
};

/** Sends everybody who may play or publish to a relay. */
export function choosingRule(chooser: Chooser): AccessRule {
  return {
    name: 'choosing',
    judge(question) {
      const { verb, key, address } = question;
      if (verb !== 'play' && verb !== 'publish') return noOpinion;
      const choice = chooser.choose({ verb, stream: key, address, way: wayOf(question) });
      if ('refused' in choice) return { refused: reasons[choice.refused], description: choice.sentence };
      return redirected(choice.url, question);
    },
  };
}

function redirected(url: string, { query }: Question): Refusal {
  const redirect = query === '' ? url : `${url}?${query}`;
  return { refused: 'redirected', description: 'a relay has this stream', redirect };
}

function wayOf({ protocol, isTls }: Pick<AccessRequest, 'protocol' | 'isTls'>): Way {
  if (protocol === 'rtmp') return isTls ? 'rtmps' : 'rtmp';
  if (protocol === 'ws-flv') return isTls ? 'wss-flv' : 'ws-flv';
  return isTls ? 'https-flv' : 'http-flv';
}
