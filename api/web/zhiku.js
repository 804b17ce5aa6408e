// The one script of a page that uses Zhiku's elements.

import { ZhikuFollow } from "./follow.js";
import { ZhikuSearch } from "./search.js";

for (const [name, element] of [["zhiku-search", ZhikuSearch], ["zhiku-follow", ZhikuFollow]])
  if (!customElements.get(name)) customElements.define(name, element);
