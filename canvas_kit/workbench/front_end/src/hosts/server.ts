/** A host over HTTP: the desk behind a Jupyter server with canvas-kit's server extension. */

import type { Host, JobSnapshot, Language, MediaKey } from "../host";
import { HostError } from "../host";
import { speaker, type Words } from "../words";

/** How the page reaches its server. */
export interface Wire {
  /** The server's own base URL, with a slash at its end. */
  readonly base: string;
  /** Send a request, signed as the server asks for; rejects where no server answers. */
  request(address: string, init: RequestInit): Promise<Response>;
  /** What describes the node types where there is no server to ask; undefined if nothing does. */
  described(language: Language): Promise<unknown>;
  /** Put code into a new cell; false where there is no notebook. */
  insertCode(code: string): Promise<boolean>;
  /** What the page is in, until the server has said what canvas-kit is set to. */
  readonly language: Language;
}

/** No server answers just now: it restarts, or the line is down. */
export class ServerAway extends HostError {}

/** A server answers, but canvas-kit is not enabled in it. */
export class NotEnabled extends HostError {}

const WORDS: Words<"away" | "notEnabled" | "forgotten" | "fault"> = {
  away: [
    "The server does not answer. What runs goes on; this page follows as soon as it is back.",
    "Der Server antwortet nicht. Was läuft, läuft weiter; diese Seite folgt, sobald er wieder da ist.",
  ],
  notEnabled: [
    "canvas-kit is not switched on in this Jupyter server, so nothing can be checked or run here. " +
      "Switch it on with: canvas-kit workbench enable – and restart Jupyter.",
    "canvas-kit ist in diesem Jupyter-Server nicht eingeschaltet; hier kann nichts geprüft oder " +
      "ausgeführt werden. Einschalten: canvas-kit workbench enable – und Jupyter neu starten.",
  ],
  forgotten: ["There is no such job any more.", "Diesen Auftrag gibt es nicht mehr."],
  fault: ["The server answered with a fault ({status}).", "Der Server meldet einen Fehler ({status})."],
};

/** Milliseconds between two looks at a job: soon after something happened, later when not. */
const SOON = 300;
const CALM = 1000;
const AWAY = [500, 1000, 2000, 4000, 8000];

/** Dispatched on the document when a job was started from here. */
export const JOB_STARTED = "canvas-kit:started";

export class ServerHost implements Host {
  language: Language;
  /** Why nothing can be asked; empty while the server answers. */
  trouble = "";
  private description: Promise<Described> | undefined;

  constructor(private readonly wire: Wire) {
    this.language = wire.language;
  }

  /** Learn the language and whether the server answers; tries once, never rejects. */
  async greet(): Promise<this> {
    try {
      await this.describe();
      this.trouble = "";
    } catch (error) {
      this.trouble = error instanceof Error ? error.message : String(error);
    }
    return this;
  }

  async ask<Answer>(method: string, parameters: Record<string, unknown> = {}): Promise<Answer> {
    if (method === "describe") return (await this.describeAnyhow()) as Answer;
    const answer = await this.post<Answer>(method, parameters);
    if (method === "start") document.dispatchEvent(new CustomEvent(JOB_STARTED));
    return answer;
  }

  async picture(key: MediaKey, edge: number): Promise<string> {
    const place = [key.run_id, ...key.file.split("/")].map(encodeURIComponent).join("/");
    return `${this.wire.base}api/canvas/workbench/picture/${place}?edge=${edge}&sha256=${key.sha256}`;
  }

  follow(job: string, told: (snapshot: JobSnapshot) => void): () => void {
    let ended = false;
    let latest: JobSnapshot | undefined;
    let failures = 0;
    let wake = () => {};
    const pause = (milliseconds: number) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    const visible = () => {
      if (isVisible()) wake();
    };
    const look = async (): Promise<number> => {
      try {
        const snapshot = await this.post<JobSnapshot>("job", { job });
        const changed = snapshot.number !== latest?.number || snapshot.state !== latest?.state;
        failures = 0;
        if (ended) return 0;
        latest = snapshot;
        ended = snapshot.state === "ended" || snapshot.state === "lost";
        told(snapshot);
        return changed ? SOON : CALM;
      } catch (error) {
        if (error instanceof ServerAway || error instanceof NotEnabled) {
          return AWAY[Math.min(failures++, AWAY.length - 1)] ?? CALM;
        }
        if (!ended) told({ ...(latest ?? blank(job)), state: "lost", error: String((error as Error).message) });
        ended = true;
        return 0;
      }
    };
    const run = async () => {
      if (typeof document !== "undefined") document.addEventListener("visibilitychange", visible);
      while (!ended) await pause(isVisible() ? await look() : CALM * 60);
      if (typeof document !== "undefined") document.removeEventListener("visibilitychange", visible);
    };
    void run();
    return () => {
      ended = true;
      wake();
    };
  }

  insertCode(code: string): Promise<boolean> {
    return this.wire.insertCode(code);
  }

  /** The description of the node types; where no server gives it, the one that was put beside us. */
  private async describeAnyhow(): Promise<unknown> {
    try {
      return await this.describe();
    } catch (error) {
      const given = await this.wire.described(this.language).catch(() => undefined);
      if (given === undefined) throw error;
      return given;
    }
  }

  private describe(): Promise<Described> {
    this.description ??= this.post<Described>("describe", {}).then(
      (description) => {
        this.language = description.language === "de" ? "de" : "en";
        return description;
      },
      (error: unknown) => {
        this.description = undefined;
        throw error;
      },
    );
    return this.description;
  }

  private async post<Answer>(method: string, parameters: Record<string, unknown>): Promise<Answer> {
    const say = speaker(WORDS, this.language);
    let response: Response;
    try {
      response = await this.wire.request(`${this.wire.base}api/canvas/workbench/${method}`, {
        method: "POST",
        body: JSON.stringify(parameters),
      });
    } catch {
      throw new ServerAway(say("away"));
    }
    const answer = await response.json().catch(() => undefined);
    if (response.ok) return answer as Answer;
    const told = answer?.status === "error" && typeof answer.error === "string" ? answer.error : "";
    if ([502, 503, 504].includes(response.status) && !told) throw new ServerAway(say("away"));
    if (response.status === 404 && !told) throw new NotEnabled(say("notEnabled"));
    throw new HostError(told || say("fault", { status: response.status }));
  }
}

interface Described {
  language: string;
  [more: string]: unknown;
}

function isVisible(): boolean {
  return typeof document === "undefined" || document.visibilityState !== "hidden";
}

/** A job of which nothing was heard. */
function blank(job: string): JobSnapshot {
  return {
    job,
    kind: "run",
    state: "lost",
    status: "",
    error: "",
    number: 0,
    name: "",
    folder: null,
    started_at: "",
    seconds: 0,
    seconds_left: null,
    total: 0,
    ended: 0,
    completed: 0,
    wanting: 0,
    cancelled: 0,
    nodes: {},
    runs: [],
    messages: [],
  };
}
