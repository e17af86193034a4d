-- The schema of the database, without rows: written by `migratekit dump`, not by hand.

SET check_function_bodies = false;

-- Name: task_dependencies; Type: TABLE; Schema: public
CREATE TABLE public.task_dependencies (
    task_id bigint NOT NULL,
    depends_on_id bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT task_dependencies_not_self_check CHECK ((task_id <> depends_on_id))
);

-- Name: task_statuses; Type: TABLE; Schema: public
CREATE TABLE public.task_statuses (
    code text NOT NULL,
    label text NOT NULL,
    is_closed boolean NOT NULL,
    CONSTRAINT task_statuses_code_check CHECK ((code ~ '^[a-z_]+$'::text))
);

-- Name: tasks; Type: TABLE; Schema: public
CREATE TABLE public.tasks (
    id bigint NOT NULL,
    plan_id bigint NOT NULL,
    title text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    priority smallint DEFAULT 3 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    complexity_score smallint,
    complexity_analysed_at timestamp with time zone,
    complexity_rationale text,
    slug text NOT NULL,
    CONSTRAINT tasks_complexity_score_check CHECK (((complexity_score >= 1) AND (complexity_score <= 10))),
    CONSTRAINT tasks_complexity_whole_check CHECK ((num_nonnulls(complexity_score, complexity_analysed_at, complexity_rationale) = ANY (ARRAY[0, 3]))),
    CONSTRAINT tasks_priority_check CHECK (((priority >= 1) AND (priority <= 5))),
    CONSTRAINT tasks_title_check CHECK (((length(title) >= 1) AND (length(title) <= 500)))
);

-- Name: available_tasks(bigint); Type: FUNCTION; Schema: public
CREATE FUNCTION public.available_tasks(in_plan_id bigint) RETURNS TABLE(id bigint, slug text, title text, priority smallint, complexity_score smallint)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT t.id,
     t.slug,
     t.title,
     t.priority,
     t.complexity_score
    FROM public.tasks t
   WHERE ((t.plan_id = available_tasks.in_plan_id) AND (t.status = 'pending'::text) AND (NOT (EXISTS ( SELECT
            FROM ((public.task_dependencies d
              JOIN public.tasks needed ON ((needed.id = d.depends_on_id)))
              JOIN public.task_statuses s ON ((s.code = needed.status)))
           WHERE ((d.task_id = t.id) AND (NOT s.is_closed))))))
   ORDER BY t.priority, t.id;
END;

-- Name: dependency_makes_cycle(bigint, bigint); Type: FUNCTION; Schema: public
CREATE FUNCTION public.dependency_makes_cycle(of_task bigint, on_task bigint) RETURNS boolean
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH RECURSIVE needed(task_id) AS (
          SELECT dependency_makes_cycle.on_task AS on_task
         UNION
          SELECT d.depends_on_id
            FROM (public.task_dependencies d
              JOIN needed n ON ((n.task_id = d.task_id)))
         )
  SELECT (EXISTS ( SELECT
            FROM needed n
           WHERE (n.task_id = dependency_makes_cycle.of_task))) AS "exists";
END;

-- Name: fill_task_slug(); Type: FUNCTION; Schema: public
CREATE FUNCTION public.fill_task_slug() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    NEW.slug := task_slug(NEW.title, NEW.id);
    RETURN NEW;
END
$$;

-- Name: refuse_dependency_cycle(); Type: FUNCTION; Schema: public
CREATE FUNCTION public.refuse_dependency_cycle() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    -- Two sessions that each add one half of a cycle do not see each other's row, so one waits here for the
    -- other's commit. (Under REPEATABLE READ it still would not see it: use SERIALIZABLE there.)
    PERFORM pg_advisory_xact_lock(TG_RELID::integer, 0);

    IF dependency_makes_cycle(NEW.task_id, NEW.depends_on_id) THEN
        RAISE EXCEPTION 'task % cannot depend on task %: that closes a cycle', NEW.task_id, NEW.depends_on_id
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;

-- Name: set_updated_at(); Type: FUNCTION; Schema: public
CREATE FUNCTION public.set_updated_at() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.updated_at := CURRENT_TIMESTAMP;
    RETURN NEW;
END
$$;

-- Name: task_slug(text, bigint); Type: FUNCTION; Schema: public
CREATE FUNCTION public.task_slug(title text, id bigint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN concat_ws('-'::text, NULLIF(btrim("left"(regexp_replace(lower((title COLLATE "C")), '[^a-z0-9]+'::text, '-'::text, 'g'::text), 60), '-'::text), ''::text), (id)::text);

-- Name: plans; Type: TABLE; Schema: public
CREATE TABLE public.plans (
    id bigint NOT NULL,
    name text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT plans_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

-- Name: plans_id_seq; Type: SEQUENCE; Schema: public
ALTER TABLE public.plans ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.plans_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: tasks_id_seq; Type: SEQUENCE; Schema: public
ALTER TABLE public.tasks ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.tasks_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: plans plans_name_key; Type: CONSTRAINT; Schema: public
ALTER TABLE ONLY public.plans
    ADD CONSTRAINT plans_name_key UNIQUE (name);

-- Name: plans plans_pkey; Type: CONSTRAINT; Schema: public
ALTER TABLE ONLY public.plans
    ADD CONSTRAINT plans_pkey PRIMARY KEY (id);

-- Name: task_dependencies task_dependencies_pkey; Type: CONSTRAINT; Schema: public
ALTER TABLE ONLY public.task_dependencies
    ADD CONSTRAINT task_dependencies_pkey PRIMARY KEY (task_id, depends_on_id);

-- Name: task_statuses task_statuses_pkey; Type: CONSTRAINT; Schema: public
ALTER TABLE ONLY public.task_statuses
    ADD CONSTRAINT task_statuses_pkey PRIMARY KEY (code);

-- Name: tasks tasks_pkey; Type: CONSTRAINT; Schema: public
ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_pkey PRIMARY KEY (id);

-- Name: task_dependencies_depends_on_id_idx; Type: INDEX; Schema: public
CREATE INDEX task_dependencies_depends_on_id_idx ON public.task_dependencies USING btree (depends_on_id);

-- Name: tasks_pending_idx; Type: INDEX; Schema: public
CREATE INDEX tasks_pending_idx ON public.tasks USING btree (plan_id, priority, id) WHERE (status = 'pending'::text);

-- Name: tasks_plan_id_idx; Type: INDEX; Schema: public
CREATE INDEX tasks_plan_id_idx ON public.tasks USING btree (plan_id);

-- Name: tasks_plan_id_slug_idx; Type: INDEX; Schema: public
CREATE UNIQUE INDEX tasks_plan_id_slug_idx ON public.tasks USING btree (plan_id, slug);

-- Name: plans plans_set_updated_at; Type: TRIGGER; Schema: public
CREATE TRIGGER plans_set_updated_at BEFORE UPDATE ON public.plans FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

-- Name: task_dependencies task_dependencies_refuse_cycle; Type: TRIGGER; Schema: public
CREATE TRIGGER task_dependencies_refuse_cycle AFTER INSERT OR UPDATE OF task_id, depends_on_id ON public.task_dependencies FOR EACH ROW EXECUTE FUNCTION public.refuse_dependency_cycle();

-- Name: tasks tasks_fill_slug; Type: TRIGGER; Schema: public
CREATE TRIGGER tasks_fill_slug BEFORE INSERT ON public.tasks FOR EACH ROW WHEN ((new.slug IS NULL)) EXECUTE FUNCTION public.fill_task_slug();

-- Name: tasks tasks_set_updated_at; Type: TRIGGER; Schema: public
CREATE TRIGGER tasks_set_updated_at BEFORE UPDATE ON public.tasks FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

-- Name: task_dependencies task_dependencies_depends_on_id_fkey; Type: FK CONSTRAINT; Schema: public
ALTER TABLE ONLY public.task_dependencies
    ADD CONSTRAINT task_dependencies_depends_on_id_fkey FOREIGN KEY (depends_on_id) REFERENCES public.tasks(id) ON DELETE CASCADE;

-- Name: task_dependencies task_dependencies_task_id_fkey; Type: FK CONSTRAINT; Schema: public
ALTER TABLE ONLY public.task_dependencies
    ADD CONSTRAINT task_dependencies_task_id_fkey FOREIGN KEY (task_id) REFERENCES public.tasks(id) ON DELETE CASCADE;

-- Name: tasks tasks_plan_id_fkey; Type: FK CONSTRAINT; Schema: public
ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES public.plans(id) ON DELETE CASCADE;

-- Name: tasks tasks_status_fkey; Type: FK CONSTRAINT; Schema: public
ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_status_fkey FOREIGN KEY (status) REFERENCES public.task_statuses(code);
