import { readHookAnswer } from '../asked/hook-answer.ts';
import type { HookQuestion } from '../asked/hook-question.ts';
import type { QuestionDialect } from '../dialect.ts';
import type { HookSubject } from '../hook-subject.ts';
import { type Preset, type PresetAnswer, type PresetCall, presetActivity } from './preset.ts';

/** Questions in the words of another server's callbacks. What that server does not ask about again is asked as it was at first. */
export function presetDialect(preset: Preset): QuestionDialect {
  return {
    question(question) {
      const posted = preset.encode(callOf(question)) ?? preset.encode(firstCallOf(question));
      return { contentType: posted?.contentType ?? '', body: posted?.text ?? '' };
    },
    answer({ status, location, text }, question) {
      const said = preset.read(callOf(question), { status, location, body: text });
      if (said.says === 'nothing') return { unusable: `answers what is no answer: ${said.problem}` };
      return readHookAnswer(JSON.stringify(fieldsOf(said)), () => {});
    },
  };
}

function fieldsOf(said: Exclude<PresetAnswer, { readonly says: 'nothing' }>): object {
  switch (said.says) {
    case 'yes':
      return { allow: true };
    case 'rename':
      return { allow: true, rename: said.key };
    case 'redirect':
      return { redirect: said.url };
    case 'no':
      return { allow: false, message: said.description };
    default:
      return said satisfies never;
  }
}

function callOf(question: HookQuestion): PresetCall {
  const { event, verb } = question;
  if (event !== 'recheck' || verb === 'connect') return firstCallOf(question);
  return { call: 'update', activity: presetActivity(verb), subject: subjectOf(question) };
}

function firstCallOf(question: HookQuestion): PresetCall {
  const { verb } = question;
  return { call: verb === 'connect' ? verb : presetActivity(verb), subject: subjectOf(question) };
}

function subjectOf(question: HookQuestion): HookSubject {
  const { stream, session, protocol, address, client, isTls, query, identity } = question;
  const { sentQuery, clientUrls, origin = '' } = question;
  return {
    ...{ stream, session, protocol, address, client, isTls, query, identity, sentQuery },
    page: clientUrls?.pageUrl || origin,
    tcUrl: clientUrls?.tcUrl ?? '',
    swfUrl: clientUrls?.swfUrl ?? '',
  };
}
