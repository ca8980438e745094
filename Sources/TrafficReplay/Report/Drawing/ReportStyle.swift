/// The style of a report for light and dark screens, wide and narrow ones, and for paper.
///
/// The page's security policy holds the digest of this text, so nothing else can style the page:
/// `printf %s "$text" | openssl dgst -sha256 -binary | base64`. The tests of the page compare the two.
enum ReportStyle {
  static let digest: StaticString = "sha256-qZ1bxK7hzfcTxjyYyVoef/0hFQekcix7fU67PxLHcm0="

  // Blue and orange stay apart for every kind of colour vision, and in grey by their lightness.
  static let sheet: StaticString = """
    :root{color-scheme:light dark;--page:#fff;--text:#1b1f24;--faint:#59636e;--line:#d9dee3;--soft:#f5f7f9;\
    --allowed:#5b8fc7;--denied:#b8460e;--warn:#8a5a00;--shade:rgba(0,0,0,.22)}
    @media (prefers-color-scheme:dark){:root{--page:#14181d;--text:#e4e8ec;--faint:#9ba6b2;--line:#333b44;\
    --soft:#1c2229;--allowed:#4c7db3;--denied:#ff9a56;--warn:#e3b341;--shade:rgba(255,255,255,.28)}}
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
    body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",\
    Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
    main,header,footer{max-width:1080px;margin:0 auto;padding:0 24px}
    header{padding-top:32px}
    h1{font-size:26px;line-height:1.25;margin:0 0 4px;font-weight:650}
    h2{font-size:18px;line-height:1.3;margin:44px 0 4px;font-weight:650}
    h3{font-size:15px;margin:24px 0 4px;font-weight:650}
    p{margin:4px 0 12px;max-width:76ch}
    .faint,caption,th{color:var(--faint)}
    .warn{color:var(--warn)}
    code,td.place,span.place,.at{font:13px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;\
    unicode-bidi:isolate}
    ul{margin:4px 0 12px;padding-left:20px}
    .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(148px,1fr));margin:24px 0 0;\
    border:1px solid var(--line);border-radius:8px;overflow:hidden}
    .figures div{padding:14px 18px;margin:0 -1px -1px 0;border:solid var(--line);border-width:0 1px 1px 0}
    .figures .allowed{box-shadow:inset 4px 0 var(--allowed)}
    .figures .denied{box-shadow:inset 4px 0 var(--denied)}
    .figures dt{color:var(--faint);font-size:13px}
    .figures dd{margin:0;font-variant-numeric:tabular-nums}
    .figures .value{font-size:25px;line-height:1.25;font-weight:600;white-space:nowrap}
    .figures .note{font-size:13px;color:var(--faint)}
    .scroll{overflow-x:auto;margin:14px 0 4px;background:\
    linear-gradient(90deg,var(--page) 30%,transparent) 0 0/36px 100% no-repeat local,\
    linear-gradient(270deg,var(--page) 30%,transparent) 100% 0/36px 100% no-repeat local,\
    linear-gradient(90deg,var(--shade),transparent) 0 0/12px 100% no-repeat scroll,\
    linear-gradient(270deg,var(--shade),transparent) 100% 0/12px 100% no-repeat scroll}
    .scroll:focus-visible{outline:2px solid var(--allowed);outline-offset:2px}
    table{border-collapse:collapse;width:100%;overflow-wrap:normal;font-variant-numeric:tabular-nums}
    caption{text-align:left;font-size:13px;padding:0 0 6px}
    th,td{padding:5px 16px 5px 0;text-align:left;vertical-align:baseline;border-bottom:1px solid var(--line);\
    unicode-bidi:isolate}
    th{font-size:13px;font-weight:500}
    tbody th{font-size:inherit;font-weight:400;color:inherit}
    th:last-child,td:last-child{padding-right:0}
    .number{text-align:right;white-space:nowrap;width:1px}
    .verdict,.kind{white-space:nowrap;width:1px}
    code,.text,td.place,span.place,.at{overflow-wrap:anywhere}
    .text{min-width:104px}
    .place,.at{color:var(--faint);min-width:112px}
    .long{min-width:144px}
    .name{white-space:nowrap;width:1px}
    .name+.bars{width:auto}
    details{margin:8px 0}
    summary{cursor:pointer;color:var(--faint)}
    .rest td,.rest th{color:var(--faint)}
    .bars{width:34%;min-width:88px}
    .bar-row{display:block;width:100%;height:12px}
    .verdict::before{content:"";display:inline-block;width:9px;height:9px;margin-right:6px;border-radius:2px}
    .verdict.allowed::before{background:var(--allowed)}
    .verdict.denied::before{background:var(--denied)}
    .legend{display:flex;flex-wrap:wrap;gap:4px 20px;margin:8px 0;padding:0;list-style:none;font-size:13px}
    .legend .verdict{width:auto}
    figure{margin:8px 0 0}
    figcaption{font-size:13px;color:var(--faint)}
    svg .allowed{fill:var(--allowed)}
    svg .denied{fill:var(--denied)}
    .chart{width:100%;height:auto;font:12px system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif;\
    font-variant-numeric:tabular-nums}
    .chart .label{fill:var(--faint)}
    .chart .end{text-anchor:end}
    .chart .middle{text-anchor:middle}
    .chart .grid{stroke:var(--line)}
    .chart .tick{stroke:var(--faint)}
    .chart .bar:hover rect{opacity:.7}
    .narrow{display:none}
    .two{display:grid;grid-template-columns:1fr;column-gap:48px}
    .two>section{min-width:0}
    .example{border-top:1px solid var(--line);padding:8px 0}
    .example p{margin:0;max-width:none}
    .example dl{display:grid;grid-template-columns:auto 1fr;gap:0 12px;margin:2px 0 0}
    .example dt{color:var(--faint)}
    .example dd{margin:0}
    footer{margin-top:48px;padding-top:12px;padding-bottom:32px;font-size:13px;color:var(--faint)}
    @media (min-width:960px){.two{grid-template-columns:4fr 3fr}}
    @media (max-width:640px){main,header,footer{padding-left:16px;padding-right:16px}\
    .wide{display:none}.narrow{display:block;max-width:520px}h1{font-size:22px}\
    .figures{grid-template-columns:1fr 1fr}.figures div{padding:10px 12px}.figures .value{font-size:20px}\
    th,td{padding-right:12px}.long{min-width:152px}.long+.bars{display:none}}
    @media print{:root{color-scheme:light;--page:#fff;--text:#000;--faint:#444;--line:#bbb;--soft:#fff;\
    --allowed:#5b8fc7;--denied:#b8460e;--warn:#000}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}\
    main,header,footer{max-width:none;padding-left:0;padding-right:0}.wide{display:block}.narrow{display:none}\
    body,code,td.place,span.place,.at{font-size:12px}table,.name{overflow-wrap:anywhere;white-space:normal}\
    .text,.long,.place,.bars{min-width:64px}th,td{padding-right:10px}\
    h2,h3,caption{break-after:avoid}tr,figure,.example,.figures{break-inside:avoid}.scroll{overflow:visible;background:none}details::details-content{content-visibility:visible}summary{list-style:none}}
    """
}
