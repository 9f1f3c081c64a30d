/** What stands between a name and its value, in programs, settings and what they print. */
export const ASSIGNS = String.raw`(?:=>|:{1,3}=|\?=|\|\||[=>:,])`;
/** A value ends: at a quote, a blank, a bracket, or an escape where the text is one in another. */
export const ENDS = String.raw`(?=[\x60'"\s;,)}\]\\]|$)`;
