/** Resolves when the calls below may be used: at once in node, after loading in a browser. */
export declare const ready: Promise<void>;

export type Kind = "ci-config" | "job-log" | "settings-page" | "inventory" | "credential-file" | "text";
export type Severity = "critical" | "high" | "medium" | "low" | "info";
export type Confidence = "certain" | "likely" | "possible";

/** One text. */
export interface Input {
  /** A path or a title; shown in the report. */
  name: string;
  /** As text, or as the bytes of a file in any encoding. */
  text: string | Uint8Array;
  /** Read it as this; without it, the text decides. */
  kind?: Kind | null;
  /** Whose input it is, when it does not say: a project's full path or number. */
  project?: string | null;
}

export interface Options {
  /** The day of the audit, UTC, `YYYY-MM-DD`; without it, today. The same inputs and day give the same report. */
  today?: string;
  /** Host names of your GitLab instances. */
  hosts?: string[];
  /** The instance's own token prefixes, for example `acme-`. */
  tokenPrefixes?: string[];
  /** The instance's version, for example `18.9`. */
  gitlabVersion?: string;
  /** Whose the inputs are, where one does not say. */
  project?: string;
}

/** The numbers that a routable token says in clear. */
export interface Routing {
  organization: number | null;
  user: number | null;
  project: number | null;
  group: number | null;
  cell: number | null;
  runner_type: number | null;
}

/** A credential in the text; nothing of its body is told. */
export interface Token {
  type: string | null;
  could_be: string[];
  /** The known prefix and the length: `glpat-…(20)`. */
  masked: string;
  checksum: "valid" | "invalid" | "absent";
  routing: Routing | null;
  /** What it was wrapped in, outermost first. */
  encoding: string[];
  occurrences: number;
}

/** The row that a finding is about. */
export interface Subject {
  kind: string;
  id: number | string | null;
  name: string | null;
  owner: string | null;
}

/** A refusal that a log shows. */
export interface Denial {
  status: number | null;
  caller: string | null;
  callee: string | null;
  permission: string | null;
  by: "allowlist" | "permission" | "scope" | "token" | "role" | "visibility" | "other";
}

export interface Advice {
  text: string;
  where: string | null;
  command: string | null;
  /** Can it not be taken back, or does it stop something that runs? */
  destructive: boolean;
}

/** One thing wrong, at one place. Lines and columns count from 1, columns in characters; `end_column` is exclusive. */
export interface Finding {
  rule: string;
  severity: Severity;
  confidence: Confidence;
  title: string;
  message: string;
  input: string;
  line: number | null;
  column: number | null;
  end_line: number | null;
  end_column: number | null;
  token: Token | null;
  subject: Subject | null;
  denial: Denial | null;
  advice: Advice[];
  references: string[];
  /** Stable from run to run for the same fact. */
  identity: string;
  /** The line with its credentials masked; absent where a finding has no place. */
  excerpt?: Excerpt | null;
}

/** A line to show: `underline_length` characters from `underline_start` (from 0) are what the finding is about. */
export interface Excerpt {
  line: number;
  text: string;
  underline_start: number;
  underline_length: number;
  /** The other lines that the finding is about, in order; absent where there are none. */
  more?: Excerpt[];
}

export interface ReportInput {
  name: string;
  kind: Kind;
  format: string;
  bytes: number;
  lines: number;
  status: "read" | "partly" | "unreadable";
  project: string | null;
  rows: number | null;
}

/** A finding that was accepted: listed, and not counted. */
export interface Accepted {
  finding: Finding;
  by: "comment" | "config" | "baseline";
  reason: "acceptable_risk" | "false_positive" | "mitigating_control" | "used_in_tests" | "not_applicable" | null;
  comment: string | null;
  owner: string | null;
  /** The last day on which it counts; `null` for what an earlier report had. */
  until: string | null;
  /** The day of the earlier report, for what it had. */
  since?: string;
}

/** The JSON report, version 1. Fields may be added; none is renamed or dropped. */
export interface Report {
  version: 1;
  tool: { name: "leastwise"; version: string; catalog: { gitlab: string; as_of: string } };
  today: string;
  inputs: ReportInput[];
  findings: Finding[];
  /** What could not be read or resolved, said instead of guessed. */
  blind_spots: { input: string | null; line: number | null; message: string }[];
  /** Findings that were accepted, by a comment in the input itself; absent where there is none. */
  accepted?: Accepted[];
  summary: Record<Severity | "accepted", number>;
}

/** Reads and judges texts. Throws a `TypeError` for arguments that make no sense. */
export declare function audit(inputs: Input[], options?: Options): Report;

export interface Way {
  ui: string | null;
  api: string | null;
  needs: string | null;
}

export interface ClassifiedToken {
  type: string | null;
  name: string;
  could_be: string[];
  masked: string;
  checksum: "valid" | "invalid" | "absent";
  routing: Routing | null;
  instance_prefix: string | null;
  encoding: string[];
  confidence: Confidence;
  /** The day a JSON web token says it expires. */
  expires: string | null;
  /** The kind of the credential that a dependency proxy's token carries in clear. */
  embedded: string | null;
  /** From 1, in characters. */
  column: number;
  lifetime: string;
  can: string;
  revoke: Way;
  rotate: Way;
  least_privilege: string;
}

/** What is this string? An entry a line. */
export declare function classify(
  text: string,
  options?: Pick<Options, "tokenPrefixes">,
): { line: number; tokens: ClassifiedToken[] }[];

export interface Permits {
  method: string;
  path: string;
  /** Does the catalog know this call? */
  known: boolean;
  /** The catalog's own form of the path: `/projects/:id/packages`. */
  endpoint: string | null;
  job_token: {
    /** `null`: not known. */
    accepted: boolean | null;
    /** What an allowlist entry has to grant. */
    permissions: string[];
    /** Can an allowlist entry be narrowed to them? */
    grantable: boolean | null;
    text: string;
  };
  /** The narrowest scope of an access token that is enough, and the others that are. */
  scopes: string[];
  other_scopes: string[];
  deploy_token_scope: string | null;
  role: string | null;
  /** Does it need no token where the project is public? */
  public: boolean;
  fine_grained: { permission: string; boundary: string; also: string | null; role: string | null }[];
  /** The better credential, where the job token cannot. */
  instead: { type: string | null; scopes: string[]; role: string | null; text: string } | null;
  notes: string[];
  /** Known calls like an unknown one. */
  nearest: { method: string; path: string }[];
}

/** May the job token make this call (a path of the API, or a URL), and what else may? */
export declare function permits(method: string, address: string, options?: Pick<Options, "hosts">): Permits;
