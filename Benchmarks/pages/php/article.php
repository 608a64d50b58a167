<?php
// The same page as pages/site/articles/[id].html.
$db = new PDO('sqlite:' . getenv('DATABASE'), null, null, [
    PDO::ATTR_PERSISTENT => true, PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::SQLITE_ATTR_OPEN_FLAGS => PDO::SQLITE_OPEN_READONLY]);
$one = $db->prepare('select title, body, category, views from articles where id = ?');
$one->execute([basename(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH))]);
$article = $one->fetch(PDO::FETCH_ASSOC);
if (!$article) { http_response_code(404); exit; }
$list = $db->prepare('select id, title from articles where category = ? order by id limit 10');
$list->execute([$article['category']]);
$e = fn ($text) => htmlspecialchars((string) $text, ENT_QUOTES);
?>
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title><?= $e($article['title']) ?></title></head>
<body>
<h1><?= $e($article['title']) ?></h1>
<p class="meta"><?= $e($article['category']) ?>, <?= $e($article['views']) ?> views</p>
<div class="body"><?= $e($article['body']) ?></div>
<ul>
<?php foreach ($list->fetchAll(PDO::FETCH_ASSOC) as $other): ?>
<li><a href="/articles/<?= $e($other['id']) ?>"><?= $e($other['title']) ?></a></li>
<?php endforeach ?>
</ul>
</body>
</html>
