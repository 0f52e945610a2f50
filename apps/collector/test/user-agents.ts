const webKit = "AppleWebKit/537.36 (KHTML, like Gecko)";
const chrome = (system: string, more = "") => `Mozilla/5.0 (${system}) ${webKit} Chrome/130.0.0.0 ${more}Safari/537.36`;
const android = (device: string) => chrome(`Linux; Android 10; ${device}`, "Mobile ");
const webView = `Mozilla/5.0 (Linux; Android 14; SM-S918B; wv) ${webKit} Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36`;
const mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const iPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";

/** User agents of bots that open pages and run their scripts. */
export const botAgents = {
  Googlebot: `${android("Nexus 5X")} (compatible; Googlebot/2.1; +http://www.google.com/bot.html)`,
  "Googlebot of old": "Googlebot/2.1 (+http://www.google.com/bot.html)",
  GPTBot: `Mozilla/5.0 ${webKit}; compatible; GPTBot/1.2; +https://openai.com/gptbot`,
  HeadlessChrome: chrome("X11; Linux x86_64").replace("Chrome", "HeadlessChrome"),
  bingbot: `${android("Nexus 5X")} (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)`,
  Applebot: `${mac} Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)`,
  Lighthouse: `${android("moto g power (2022)")} Chrome-Lighthouse`,
} as const;

/** What servers and apps post with. */
export const libraryAgents = {
  node: "node",
  curl: "curl/8.5.0",
  "python-requests": "python-requests/2.32.3",
  axios: "axios/1.7.7",
  Go: "Go-http-client/2.0",
} as const;

export const visitorAgents = {
  "Chrome on Windows": chrome("Windows NT 10.0; Win64; x64"),
  "Chrome on Android": android("K"),
  "Chrome on iPhone": `${iPhone} CriOS/130.0.6723.90 Mobile/15E148 Safari/604.1`,
  Edge: `${chrome("Windows NT 10.0; Win64; x64")} Edg/130.0.0.0`,
  "Safari on iPhone": `${iPhone} Version/17.6 Mobile/15E148 Safari/604.1`,
  "Safari on Mac": `${mac} Version/17.6 Safari/605.1.15`,
  Firefox: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
  "Samsung Internet": android("K").replace("Chrome", "SamsungBrowser/26.0 Chrome"),
  "a phone of the maker Cubot": android("CUBOT X30"),
  "Instagram on iPhone": `${iPhone} Mobile/15E148 Instagram 350.0.0.20.89 (iPhone14,5; iOS 17_6; de_DE; de; scale=3.00; 1170x2532)`,
  "Instagram on Android": `${webView} Instagram 350.1.0.46.93 Android (34/14; 480dpi; 1080x2115; samsung; SM-S918B; dm3q; qcom; de_DE)`,
  "Facebook on iPhone": `${iPhone} Mobile/21G80 [FBAN/FBIOS;FBAV/480.0.0.30.109;FBDV/iPhone14,5;FBSN/iOS;FBLC/de_DE;FBOP/5]`,
  "Facebook on Android": `${webView} [FB_IAB/FB4A;FBAV/480.0.0.0.1;]`,
  TikTok: `${webView} musical_ly_2023305030 JsSdk/1.0 NetType/WIFI AppName/musical_ly ByteLocale/de-DE BytedanceWebview/d8a21c6`,
  Pinterest: `${iPhone} Mobile/15E148 [Pinterest/iOS]`,
  "Google app": `${iPhone} GSA/340.3.690000000 Mobile/15E148 Safari/604.1`,
  WeChat: `${iPhone} Mobile/15E148 MicroMessenger/8.0.50(0x18003234) NetType/WIFI Language/de`,
  LinkedIn: `${iPhone} Mobile/15E148 [LinkedInApp]/9.30.1250`,
  Line: `${iPhone} Mobile/15E148 Safari Line/14.15.0`,
} as const;
