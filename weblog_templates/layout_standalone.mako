<%page expression_filter="h"/>\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${f"{task} · {title}" if task else title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${static}/style.css">
<script src="${static}/page.js" defer></script>
</head>
<body class="standalone">
<a class="skip" href="#content">Skip to the content</a>
<header class="bar">
  % if index:
  <a href="${index}">WebLog</a>
  % else:
  <span>WebLog</span>
  % endif
  % if task:
  <span aria-hidden="true">/</span> <span>${task}</span>
  % endif
</header>
<main id="content" class="gfluxscale">
${self.body() | n}
</main>
</body>
</html>
