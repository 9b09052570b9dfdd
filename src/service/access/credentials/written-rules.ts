import type { RuleVerb } from '../../../config/access/access-rule-settings.ts';
import type { Refusal, Verb } from '../../../session/access.ts';
import type { AccessRule, Opinion, Question, SettingsRule } from '../rule.ts';
import type { CredentialCheck } from './credential-check.ts';
import type { RuleBook } from './rule-book.ts';
import type { WrittenRule } from './written-rule.ts';

const allowed: Opinion = { says: 'allow' };
const allowedByOrigin: Opinion = { says: 'allow', isProof: true };

/** Who knows the secret key of a stream cannot do just anything by it, and it shall not become the name of a stream. */
const noSuchName: Refusal = {
  refused: 'not-found',
  description: 'there is no stream of this name',
};

const nothingKnown: Refusal = {
  refused: 'credentials',
  description: 'the rules of this server have changed: connect again, and show what they ask for',
};

/**
 * What is done with streams and recordings is decided by the first of the operator's rules that is about it.
 * @param lists - decides where none is
 * @param check - looks at what is shown
 */
export function writtenRules(book: RuleBook, lists: AccessRule, check: CredentialCheck): AccessRule {
  return {
    name: 'rules',
    judge(question, signal) {
      const { verb, key } = question;
      const stream = book.publicKeyOf(key);
      const rule = ruleOf(book, { verb, key: stream });
      if (stream !== key && rule?.publicKeyOf(key) === undefined) return { ...noSuchName, stream };
      if (rule === undefined) return lists.judge(question, signal);
      const objection = rule.objectionTo(question);
      if (objection !== undefined) return objection;
      if (rule.verifiers.length > 0) return check.judge(rule, question, signal);
      return rule.goesByShown ? allowedByOrigin : allowed;
    },
  };
}

/**
 * The same about those of whom nothing is known that they have shown: rules that go by that are against them.
 * @param lists - decides where none is about it
 */
export function unprovenRules(book: RuleBook, lists: SettingsRule): SettingsRule {
  return {
    name: 'rules',
    judge(question) {
      const rule = ruleOf(book, question);
      if (rule === undefined) return lists.judge(question);
      const objection = rule.objectionTo({ ...question, origin: undefined });
      return objection ?? (rule.goesByShown ? nothingKnown : allowed);
    },
  };
}

function ruleOf(book: RuleBook, { verb, key }: Pick<Question, 'verb' | 'key'>): WrittenRule | undefined {
  return isRuled(verb) ? book.find(verb, key) : undefined;
}

function isRuled(verb: Verb): verb is Exclude<RuleVerb, 'relay' | 'operate'> {
  return verb === 'publish' || verb === 'play' || verb === 'record' || verb === 'playback';
}
