/** What every event says. */
export interface EventFacts<What extends string = string> {
  /** When it happened, ISO 8601. */
  readonly at: string;
  /** What happened. */
  readonly what: What;
}

/** A line of level warn or error in the log; `what` is its event. */
export interface WarningNews extends EventFacts {
  readonly level: 'warn' | 'error';
  readonly text: string;
  /** What else the line says. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A change by an operator, as its line in the log has it. */
export interface AuditNews extends EventFacts {
  readonly [fact: string]: unknown;
}

/** Events are missing. `not-kept`: those since the id that was given; `left-out`: more than can be told. */
export interface GapNews<Type extends string = string> extends EventFacts<'not-kept' | 'left-out'> {
  /** The type of what was left out; null where that may be any. */
  readonly of: Type | null;
  /** How many were left out; null where that is not known. */
  readonly count: number | null;
}

/** What each type of event says that every service tells of. */
export interface ServiceEventData {
  readonly warning: WarningNews;
  readonly audit: AuditNews;
  readonly gap: GapNews;
}

/** Something that has happened, of whatever type. */
export interface FeedEvent {
  readonly type: string;
  readonly data: EventFacts;
}

/** Something that may happen in every service. */
export type ServiceEvent = {
  readonly [T in keyof ServiceEventData]: { readonly type: T; readonly data: ServiceEventData[T] };
}[keyof ServiceEventData];

/** Events of some type are missing. */
export interface GapEvent<Type extends string = string> {
  readonly type: 'gap';
  readonly data: GapNews<Type>;
}
