/** Names that hold secrets by their nature, where no rule knows a shape of the value. */
const TELLING_NAME = /(?:^|_)(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIALS?)(?:_|$)/i;
/** A name that goes on like this speaks about a secret. */
const ABOUT_ONE =
  /_(?:FILE|PATH|DIR|URL|URI|NAME|HEADER|PREFIX|TTL|LENGTH|EXPIR\w*|TYPE|ALG\w*|ENABLED|SCAN)$/i;
/** Anywhere in a text: history has `|1 NAME=value /bin/sh -c …` for arguments and `--password=…` in commands. */
const ASSIGNMENT = /(?:^|[\s|"'-])([A-Za-z_]\w*)=("[^"]*"|'[^']*'|\S+)/g;
/** A file, a variable or a switch is where a secret is or whether there is one, not the secret. */
const HARMLESS_VALUE = /^(?:true|false|yes|no|on|off|none|null|\d{1,5}|\/[\w./-]*|\$.*)$/is;

/** What stands in short texts (environment, labels, history) behind names that tell, with its offset. */
export function tellingValues(text: string): readonly { readonly secret: string; readonly start: number }[] {
  return [...text.matchAll(ASSIGNMENT)].flatMap(({ 0: whole, 1: name = "", 2: quoted = "", index }) => {
    const secret = quoted.replaceAll(/^["']|["']$/g, "");
    const telling = TELLING_NAME.test(name) && !ABOUT_ONE.test(name);
    if (!telling || secret === "" || HARMLESS_VALUE.test(secret)) return [];
    return [{ secret, start: index + whole.length - quoted.length + quoted.indexOf(secret) }];
  });
}
