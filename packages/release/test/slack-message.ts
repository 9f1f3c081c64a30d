/** What an incoming webhook of Slack is sent. */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly object[];
}

interface Block {
  readonly type: string;
  readonly text?: { readonly type: string; readonly text: string };
  readonly elements?: readonly {
    readonly type: string;
    readonly elements: readonly { readonly text: string }[];
  }[];
}

const LIMITS: Readonly<Record<string, number>> = { header: 150, section: 3000 };

/** What Slack would say of it, or undefined. */
export function slackFault(body: unknown): string | undefined {
  const { text, blocks } = body as { readonly text?: unknown; readonly blocks?: readonly Block[] };
  if (typeof text !== "string" || text === "") return "no_text";
  if (!Array.isArray(blocks) || blocks.length > 50) return "invalid_blocks";
  return (blocks as readonly Block[]).every(isBlock) ? undefined : "invalid_blocks";
}

function isBlock({ type, text, elements }: Block): boolean {
  if (type === "rich_text") {
    return elements?.every((element) => element.elements.every((leaf) => leaf.text !== "")) === true;
  }
  const limit = LIMITS[type];
  if (limit === undefined || text === undefined || text.text === "") return false;
  return text.type === (type === "header" ? "plain_text" : "mrkdwn") && text.text.length <= limit;
}

/** What people read. */
export function slackText({ blocks }: SlackMessage): string {
  const texts = (blocks as readonly Block[]).map(({ text, elements = [] }) =>
    text === undefined
      ? elements.map((element) => element.elements.map((leaf) => leaf.text).join("")).join("\n")
      : unescape(text.text),
  );
  return texts.join("\n");
}

function unescape(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
