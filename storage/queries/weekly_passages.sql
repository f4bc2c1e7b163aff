-- The strongest passages of the week for each language and side, with the text around them.
WITH sided AS (
    SELECT
        e.article_id, e.position, e.text, e.hope, e.concern, e.treaty, e.themes, e.kind,
        e.char_start, e.char_end, s.version, e.language,
        unnest(['hope', 'concern']) AS side
    FROM evidence_facts AS e
    JOIN article_stance AS s USING (article_id)
    WHERE e.published_date BETWEEN $monday AND $sunday AND e.text IS NOT NULL AND s.is_sure
),
strongest AS (
    SELECT *
    FROM sided
    WHERE CASE side WHEN 'hope' THEN hope ELSE concern END >= 0.5
    QUALIFY row_number() OVER (
        PARTITION BY language, side
        ORDER BY
            CASE side WHEN 'hope' THEN hope - concern / 2 ELSE concern - hope / 2 END DESC,
            article_id, position
    ) <= $most
)
SELECT DISTINCT
    p.article_id, p.position, p.text, p.hope, p.concern, p.treaty, p.themes,
    CASE WHEN p.kind = 'title' OR v.text IS NULL THEN ''
        ELSE substr(v.text, greatest(1, p.char_start - $window + 1), least($window, p.char_start))
    END AS before,
    CASE WHEN p.kind = 'title' OR v.text IS NULL THEN ''
        ELSE substr(v.text, p.char_end + 1, $window)
    END AS after
FROM strongest AS p
LEFT JOIN article_versions AS v USING (article_id, version)
ORDER BY p.article_id, p.position;
